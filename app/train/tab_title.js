// The browser tab's title while a run is watched: its progress, then how it ended.
//
// Python sends {title}. Streamlit writes its own title at every whole rerun: it is remembered, ours
// is put back, and Streamlit's stands again once the run is no longer shown.
const LOOK_MS = 500;
let wanted = null;
let theirs = null;
let shown = null;
let observer = null;
let timer = null;

function apply() {
  if (wanted === null || document.title === wanted) return;
  theirs = document.title;
  document.title = wanted;
}

function leaveWhenGone() {
  if (shown?.isConnected) return;
  observer.disconnect();
  clearInterval(timer);
  if (document.title === wanted && theirs !== null) document.title = theirs;
  wanted = timer = shown = null;
}

export default function ({ data, parentElement }) {
  // Between two of our own titles there is none of Streamlit's to remember.
  if (wanted !== null && document.title === wanted) document.title = data.title;
  wanted = data.title;
  shown = parentElement instanceof ShadowRoot ? parentElement.host : parentElement;
  apply();
  observer ??= new MutationObserver(apply);
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  timer ??= setInterval(leaveWhenGone, LOOK_MS);
}
