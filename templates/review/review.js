// Keys and reloading. Every page works without this file.
"use strict";

// A page that waits for something is loaded again, unless something is being typed on it.
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) {
  setInterval(() => {
    const fields = [...document.querySelectorAll("input:not([type=hidden]):not([type=checkbox])")];
    if (!fields.some((field) => field.value !== field.defaultValue || field === document.activeElement)) location.reload();
  }, seconds * 1000);
}

// A button with data-key is pressed by its key, outside of fields.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});

// Until the next page is there, a second key or click would be about what is still shown, and not about what comes next.
let sentAt = -Infinity;
document.addEventListener("submit", (event) => {
  if (performance.now() - sentAt < 5000) event.preventDefault();
  else sentAt = performance.now();
});
addEventListener("pageshow", () => { sentAt = -Infinity; });
