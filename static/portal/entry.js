/* The form of an activity: rows that come when they are needed, the sum of participants, what approval still needs. */
"use strict";
const form = document.querySelector("form[data-entry]");

/* --- rows --- */
for (const grid of form.querySelectorAll("[data-formset]")) {
  const rows = grid.querySelector("[data-rows]");
  const total = grid.querySelector(`[name="${grid.dataset.formset}-TOTAL_FORMS"]`);
  const most = Number(grid.querySelector(`[name="${grid.dataset.formset}-MAX_NUM_FORMS"]`).value);
  const first = (row) => row.querySelector("input:not([type=hidden]), select, textarea");
  const isBegun = (row) => [...row.querySelectorAll("input:not([type=hidden], [type=radio])")].some((one) => one.type === "checkbox" ? one.checked : one.value);
  const add = () => {
    if (Number(total.value) >= most) return null;
    const copy = document.createElement("div");
    copy.innerHTML = grid.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
    const row = copy.firstElementChild;
    total.value = Number(total.value) + 1;
    row.setAttribute("aria-label", (rows.lastElementChild?.getAttribute("aria-label") || "").replace(/\d+/, total.value));
    rows.append(row);
    return row;
  };
  const asked = grid.querySelector("template").content.querySelector("[data-new]");
  for (const [number, row] of [...rows.children].entries()) {
    if (asked && !row.querySelector("[data-new]")) row.insertAdjacentHTML("beforeend", asked.outerHTML.replaceAll("__prefix__", number));
  }
  // One empty line waits at the end; the server's others are for those without scripts.
  const lines = [...rows.children];
  while (lines.length > 1 && !isBegun(lines.at(-1)) && !isBegun(lines.at(-2))) {
    lines.pop().remove();
    total.value = Number(total.value) - 1;
  }
  rows.addEventListener("input", () => { if (!rows.lastElementChild || isBegun(rows.lastElementChild)) add(); });
  const button = grid.querySelector("[data-add-row]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const last = rows.lastElementChild;
    first(last && !isBegun(last) ? last : add() || last)?.focus();
  });
}

/* --- the sum: nothing filled is not nought --- */
for (const sum of form.querySelectorAll("output[data-sum]")) {
  const parts = sum.dataset.sum.split(" ").map((name) => form.elements[name]);
  const draw = () => {
    const filled = parts.filter((part) => part.value !== "");
    sum.value = filled.length ? filled.reduce((so_far, part) => so_far + Number(part.value), 0) : "—";
  };
  for (const part of parts) part.addEventListener("input", draw);
  draw();
}

/* --- what approval needs, as the server says it of the saved record --- */
const needs = document.querySelectorAll("[data-need]");
function draw() {
  const entries = new FormData(form);
  const isFilled = (name) => entries.getAll(name).some((value) => String(value).trim());
  for (const need of needs) {
    const [field, value] = (need.dataset.when || "").split("=");
    const asked = !field || entries.get(field) === value;
    need.hidden = !asked || isFilled(need.dataset.need) || Boolean(need.dataset.unless && isFilled(need.dataset.unless));
  }
}
form.addEventListener("input", draw);
form.addEventListener("change", draw);
draw();

/* --- a link to a section unfolds it --- */
document.querySelector(".long-form-nav").addEventListener("click", (event) => {
  const target = event.target.closest("a") && document.querySelector(event.target.closest("a").hash);
  const section = target?.closest("details");
  if (section) section.open = true;
});
