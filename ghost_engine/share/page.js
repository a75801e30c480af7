"use strict";
for (const one of document.querySelectorAll("[data-read]")) {
  const both = document.querySelectorAll(`[data-read="${one.dataset.read}"]`);
  const show = (on) => both.forEach((each) => each.classList.toggle("on", on));
  one.addEventListener("mouseenter", () => show(true));
  one.addEventListener("mouseleave", () => show(false));
  one.addEventListener("focus", () => show(true));
  one.addEventListener("blur", () => show(false));
}
const copy = document.getElementById("copy");
copy?.addEventListener("click", async () => {
  const code = document.getElementById("sql");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  copy.textContent = "Copied";
  setTimeout(() => (copy.textContent = "Copy"), 1500);
});
