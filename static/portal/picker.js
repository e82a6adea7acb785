/* Picking by typing. Plain controls stay the truth: what is picked here is written into them, and what changes them
   is read back. Four kinds: input[list][data-pick] (one record, by its label), textarea[data-pick] (a label a line),
   select[data-pick], and check boxes in [data-picks]. The ARIA combobox itself is GitHub's combobox-nav. */
"use strict";
const combobox = import(document.currentScript.dataset.combobox);
const MOST = 12;
let numbers = 0;

/* Without case and accents, as the server compares names. */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/* A choice: its label, its names made comparable, and what taking it means. */
function choice(label, also, value) {
  const names = [label, ...(also || "").split(" | ")];
  // An acronym before a dash is a name of its own, and so is what follows.
  return { label, value, names: [...new Set(names.flatMap((name) => [name, ...name.split(" — ")]).map(fold).filter(Boolean))] };
}

/* How well a choice fits what was typed; 0 is best, undefined not at all. */
function rank({ names }, typed) {
  if (names.includes(typed)) return 0;
  if (names.some((name) => name.startsWith(`${typed} `))) return 1;
  if (names.some((name) => ` ${name} `.includes(` ${typed} `))) return 2;
  if (names.some((name) => name.startsWith(typed))) return 3;
  const words = typed.split(" ");
  if (names.some((name) => words.every((word) => ` ${name}`.includes(` ${word}`)))) return 4;
  const all = names.join(" ");
  return words.every((word) => all.includes(word)) ? 5 : undefined;
}

function fitting(choices, text) {
  const typed = fold(text);
  if (!typed) return choices.slice(0, MOST);
  const ranked = choices.map((one, place) => ({ one, place, rank: rank(one, typed) })).filter((each) => each.rank !== undefined);
  ranked.sort((a, b) => a.rank - b.rank || a.place - b.place);
  return ranked.slice(0, MOST).map((each) => each.one);
}

/* A combobox on `input`. `choices()` are looked up when it opens; `take(choice)` is told what was picked.
   `add(text)`, where given, is offered for what is not known. */
async function makeCombobox(input, choices, take, add) {
  if (input.dataset.combobox) return;
  input.dataset.combobox = "on";
  const { default: Combobox } = await combobox;
  const list = document.createElement("ul");
  list.className = "picker-list";
  list.id = `picker-${++numbers}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.getAttribute("aria-label") || input.labels?.[0]?.textContent.trim() || "");
  list.hidden = true;
  input.after(list);
  input.parentElement.classList.add("picker");
  const nav = new Combobox(input, list, { tabInsertsSuggestions: false });
  const shown = new Map();

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    nav.stop();
  }
  function option(label, chosen, ...classes) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.id = `${list.id}-${shown.size}`;
    item.classList.add(...classes);
    item.textContent = label;
    shown.set(item, chosen);
    return item;
  }
  function open() {
    shown.clear();
    const text = input.value.trim();
    const found = fitting(choices(), text);
    const items = found.map((one, place) => option(one.label, () => take(one), ...(place === 0 && text ? ["is-first"] : [])));
    const known = found.some((one) => one.names.includes(fold(text)));
    if (add && text.length > 1 && !known) items.push(option(input.dataset.adds.replace("%s", text), () => add(text), "is-new"));
    list.replaceChildren(...items);
    if (!items.length) return close();
    if (!list.hidden) return;
    list.hidden = false;
    nav.start();
  }
  function pick(item) {
    close();
    shown.get(item)?.();
  }
  input.addEventListener("input", (event) => { if (event.isTrusted) open(); });
  input.addEventListener("click", open);
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("combobox-commit", (event) => pick(event.target));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) return open();
    if (list.hidden) return;
    const chosen = list.querySelector("[aria-selected=true]") || list.querySelector(".is-first");
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    else if (event.key === "Tab" && chosen && !event.shiftKey && !chosen.classList.contains("is-new")) pick(chosen);
    else if (event.key === "Enter") { event.preventDefault(); event.stopImmediatePropagation(); if (chosen) pick(chosen); else close(); }
  });
}

function announce(control) {
  for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
}

/* --- one record in a text field, and several in a text area: their choices stand in a datalist of the page --- */
const listed = new Map();
function choicesOf(key) {
  if (!listed.has(key)) {
    const options = document.getElementById(key)?.options || [];
    listed.set(key, [...options].map((one) => choice(one.value, one.dataset.also)));
  }
  return listed.get(key);
}

document.addEventListener("focusin", ({ target }) => {
  if (!target.matches?.("input[list][data-pick]")) return;
  const key = target.getAttribute("list");
  // The browser's own list would lie over ours.
  target.removeAttribute("list");
  const extra = target.closest(".grid-row")?.querySelector("[data-new]");
  const take = (one) => { target.value = one.label; if (extra) clear(extra); announce(target); };
  const add = "adds" in target.dataset && extra ? () => { extra.hidden = false; extra.querySelector("select").focus(); } : null;
  makeCombobox(target, () => choicesOf(key), take, add);
});
function clear(extra) {
  extra.hidden = true;
  for (const control of extra.querySelectorAll("input:not([type=radio], [type=checkbox]), select")) control.value = "";
  for (const control of extra.querySelectorAll("[type=radio], [type=checkbox]")) control.checked = false;
}

/* A text field before a control that it fills; it takes over the control's label and errors. */
function fieldFor(control, label) {
  const input = document.createElement("input");
  input.type = "text";
  input.autocomplete = "off";
  input.dataset.typed = "";
  if (label) input.setAttribute("aria-label", label);
  for (const name of ["aria-describedby", "aria-invalid"]) if (control.hasAttribute(name)) input.setAttribute(name, control.getAttribute(name));
  const frame = document.createElement("div");
  frame.append(input);
  control.before(frame);
  return input;
}
function takeLabel(input, control) {
  const id = control.id;
  control.id = `${id}-plain`;
  input.id = id;
  control.hidden = true;
}

for (const area of document.querySelectorAll("textarea[data-pick]")) {
  const input = fieldFor(area);
  takeLabel(input, area);
  const chips = document.createElement("ul");
  chips.className = "picked";
  input.parentElement.after(chips);
  const lines = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const write = (now) => { area.value = now.join("\n"); announce(area); };
  const draw = () => chips.replaceChildren(...lines().map((line) => {
    const chip = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `× ${line}`);
    remove.addEventListener("click", () => { write(lines().filter((one) => one !== line)); input.focus(); });
    chip.append(line, remove);
    return chip;
  }));
  const take = (label) => { write([...new Set([...lines(), label])]); input.value = ""; };
  area.addEventListener("input", draw);
  area.addEventListener("change", draw);
  // What was typed and not picked is kept as a line: the server says whether it knows it.
  input.addEventListener("change", () => { if (input.value.trim()) take(input.value.trim()); });
  draw();
  makeCombobox(input, () => choicesOf(area.dataset.list), (one) => take(one.label));
}

for (const select of document.querySelectorAll("select[data-pick]")) {
  const input = fieldFor(select);
  takeLabel(input, select);
  const choices = [...select.options].filter((one) => one.value).map((one) => choice(one.text, one.dataset.also, one.value));
  const draw = () => { input.value = select.value ? select.selectedOptions[0].text : ""; };
  select.addEventListener("change", draw);
  input.addEventListener("blur", () => {
    if (!input.value.trim() && select.value) { select.value = ""; announce(select); }
    draw();
  });
  input.addEventListener("focus", () => input.select());
  draw();
  makeCombobox(input, () => choices, (one) => { select.value = one.value; announce(select); });
}

for (const boxes of document.querySelectorAll("[data-picks]")) {
  const input = fieldFor(boxes, boxes.closest("fieldset")?.querySelector("legend")?.textContent.trim());
  boxes.classList.add("is-picked");
  const choices = [...boxes.querySelectorAll("label")].map((label) => choice(label.textContent.trim(), label.dataset.also, label.querySelector("input")));
  boxes.addEventListener("change", (event) => { if (event.isTrusted && !event.target.checked) input.focus(); });
  const left = () => choices.filter((one) => !one.value.checked);
  makeCombobox(input, left, (one) => { one.value.checked = true; input.value = ""; announce(one.value); });
  input.addEventListener("blur", () => { input.value = ""; });
}
