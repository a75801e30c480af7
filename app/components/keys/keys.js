// Presses the page's buttons from the keyboard.
//
// Python sends {shortcuts: [{chords, selector, focus, leave}], dialog}. Before a button is pressed the editors are
// told to hand over what was typed ("ghost-flush"), so that the press never meets an older text.
// Frames of our own origin (the queue) are listened to as well.
const heard = new WeakSet();
let current = null;
let opened = "";
let watch = null;

const isText = (node) => node?.isContentEditable || node?.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");

function chord(event) {
  const held = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : ""].filter(Boolean);
  // With Alt some keyboards type another character: there the key's place counts.
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const name = event.altKey && letter ? letter : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return [...held, name].join("+");
}

function press(event) {
  if (!current || event.isComposing || event.repeat || event.getModifierState?.("AltGraph")) return;
  if (document.querySelector('[data-testid="stDialog"], [role="dialog"][aria-modal="true"]')) return;
  const path = event.composedPath();
  if (isText(path[0])) {
    // Chords work in the SQL editor; a search or a note keeps all its keys but Escape, the way out.
    if (event.key === "Escape" && path[0].matches("input, textarea")) path[0].blur();
    if (!(event.ctrlKey || event.metaKey || event.altKey)) return;
    if (!path.some((node) => node.dataset?.editor !== undefined)) return;
  }
  const name = chord(event);
  const found = current.find(({ chords }) => chords.includes(name));
  if (!found) return;
  event.preventDefault();
  event.stopPropagation();
  window.dispatchEvent(new Event("ghost-flush"));
  if (found.leave && isText(path[0])) path[0].blur(); // the next letter is not for this text any more
  if (found.selector.startsWith("event:")) {
    window.dispatchEvent(new Event(found.selector.slice(6)));
    return;
  }
  if (found.focus) focusOn(document.querySelector(found.selector));
  else click(found.selector);
}

const running = () => document.querySelector('[data-test-script-state="running"]');

// While a rerun is under way a button may be off only because it has not been drawn again yet.
function click(selector, tries = 40) {
  const target = document.querySelector(selector);
  if (target && !target.disabled) target.click();
  else if (tries > 0 && running()) setTimeout(() => click(selector, tries - 1), 50);
}

function focusOn(target) {
  if (!target) return;
  if (target.tagName !== "IFRAME") { target.focus(); return; }
  target.contentWindow.focus();
  const inner = target.contentDocument;
  (inner.querySelector(".ag-row-open .ag-cell") || inner.querySelector(".ag-row .ag-cell"))?.focus();
}

function hear(place) {
  if (!place || heard.has(place)) return;
  heard.add(place);
  place.addEventListener("keydown", press, true);
}

function hearFrames() {
  for (const frame of document.querySelectorAll("iframe")) {
    // The document, not the window: the window stays the same when the frame is loaded, its ears do not.
    try { hear(frame.contentDocument); } catch { /* of another origin: none of ours */ }
  }
}

// Streamlit opens a dialog with the cursor nowhere. Its field may be long in coming while a rerun is under way; a
// dialog without one has a button.
function enter(dialog, tries = 40) {
  if (opened !== dialog || !dialog || tries === 0) return;
  const field = document.querySelector('[data-testid="stDialog"] :is(input[type=text], textarea, input[type=radio]:checked)')
    || (tries < 20 && !running() ? document.querySelector('[data-testid="stDialog"] button') : null);
  if (field) field.focus();
  else setTimeout(() => enter(dialog, running() ? tries : tries - 1), 50);
}

export default function ({ data }) {
  if (data.dialog !== opened) enter((opened = data.dialog));
  const mine = data.shortcuts;
  current = mine;
  hear(window);
  hearFrames();
  watch ??= setInterval(hearFrames, 1000); // a frame may come later
  document.body.dataset.keys = "on"; // for tests: a key before this is nobody's
  return () => {
    if (current !== mine) return; // a later rerun listens
    clearInterval(watch);
    watch = current = null;
  };
}
