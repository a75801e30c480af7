// Loads the bundled editor once per browser, whatever the number of reruns and editors.
const address = new URL("app/static/sql_editor.js?v=__VERSION__", document.baseURI).href;

export default function (component) {
  const { parentElement } = component;
  const slot = (parentElement.__ghost ??= {});
  const turn = (slot.turn = {});
  import(address).then(
    ({ mount }) => { if (slot.turn === turn) slot.unmount = mount(component); },
    () => {
      parentElement.querySelector("[data-editor]").textContent =
        "The SQL editor could not be loaded from app/static. Reload the page; if it stays away, " +
        "start the workbench with `make run` so that its settings are read.";
    },
  );
  return () => {
    if (slot.turn !== turn) return; // a later rerun owns it now
    slot.turn = null;
    slot.unmount?.();
  };
}
