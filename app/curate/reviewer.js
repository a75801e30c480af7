// Keeps the curator's name in this browser, and tells it to a session that does not know it yet.
const KEY = "ghost-curator";

export default function ({ data, setTriggerValue }) {
  try {
    const kept = localStorage.getItem(KEY);
    if (data.given) localStorage.setItem(KEY, data.name);
    else if (kept && kept !== data.name) setTriggerValue("remembered", kept);
  } catch { /* storage refused: the name lasts as long as the session */ }
}
