// Only what is new is added, so a selection in the text survives; the end is followed unless
// somebody has scrolled away from it.
const NEAR_PIXELS = 24;

export default function ({ parentElement, data }) {
  const view = parentElement.querySelector("[data-text]");
  view.style.height = data.view_height;
  view.setAttribute("aria-label", data.label);
  const atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PIXELS;
  const shown = view.dataset.empty === "true" ? "" : view.textContent;
  const empty = data.text === "";
  if (shown !== "" && data.text.startsWith(shown)) view.append(data.text.slice(shown.length));
  else view.textContent = empty ? data.placeholder : data.text;
  view.dataset.empty = String(empty);
  if (atEnd) view.scrollTop = view.scrollHeight;
}
