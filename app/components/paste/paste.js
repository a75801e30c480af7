// Hands pasted pictures to the page's file uploader, which has no paste of its own.
//
// The files take the uploader's normal way (limits, progress, isolation); nothing else leaves the
// clipboard. Pasting into a text field or an editor stays what it is.
const editable = (event) =>
  event.composedPath().some((node) => node.isContentEditable || /^(INPUT|TEXTAREA)$/.test(node.tagName ?? ""));

let attached = null;

export default function ({ data, setTriggerValue }) {
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || editable(event)) return;
    event.preventDefault();
    const input = document.querySelector(`.st-key-${data.uploader} input[type=file]`);
    if (!input) {
      setTriggerValue("missed", files.length);
      return;
    }
    const stamp = new Date().toISOString().slice(11, 19).replaceAll(":", "-");
    const parcel = new DataTransfer();
    files.forEach((file, at) => {
      const name = `pasted-${stamp}${files.length > 1 ? `-${at + 1}` : ""}.${file.type.split("/")[1]}`;
      parcel.items.add(new File([file], name, { type: file.type }));
    });
    input.files = parcel.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  if (attached) document.removeEventListener("paste", attached);
  attached = paste;
  document.addEventListener("paste", paste);
  document.body.dataset.pasting = "on"; // for tests: a paste before this is nobody's
  return () => {
    document.removeEventListener("paste", paste);
    if (attached === paste) attached = null;
  };
}
