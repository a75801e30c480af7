// The browser tab's title while a run is watched: its progress, then how it ended.
//
// Python sends {title}. Streamlit writes its own title at every whole rerun, so it is put back then.
// It stands until the page is left; then Streamlit's is right again.
let wanted = null;
let watch = null;

function apply() {
  if (wanted !== null && document.title !== wanted) document.title = wanted;
}

export default function ({ data }) {
  const mine = (wanted = data.title);
  apply();
  watch ??= new MutationObserver(apply);
  watch.observe(document.head, { childList: true, subtree: true, characterData: true });
  return () => {
    if (wanted !== mine) return; // a later tick has drawn already
    watch.disconnect();
    wanted = null;
  };
}
