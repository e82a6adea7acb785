/* Comforts of a list's filters: a field that narrows a long choice as one types. */
"use strict";

const MANY = 12;
for (const choice of document.querySelectorAll(".pick-body")) {
  const options = [...choice.querySelectorAll("label")];
  if (options.length < MANY) continue;
  const words = document.createElement("input");
  words.type = "search";
  words.setAttribute("aria-label", choice.querySelector("legend").textContent);
  words.addEventListener("input", () => {
    const sought = words.value.trim().toLocaleLowerCase();
    for (const option of options) {
      option.hidden = !option.textContent.toLocaleLowerCase().includes(sought) && !option.querySelector("input").checked;
    }
  });
  /* Enter ticks what is left when that is one, and else sends nothing. */
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const left = options.filter((option) => !option.hidden && !option.querySelector("input").checked);
    if (left.length === 1) left[0].querySelector("input").checked = true;
  });
  choice.querySelector("legend").after(words);
}
