/* Small comforts. Every task of the portal works without this file. */
"use strict";

/* Menus close on Escape and on a click elsewhere. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* "/" leads to the search field, save where a slash is being typed. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const field = document.querySelector("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

/* A browser that cannot unfold <details> by style gets its filters unfolded on a wide screen. */
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 48rem)").matches) {
  for (const filters of document.querySelectorAll("details[data-filters]")) filters.open = true;
}

/* The summary of errors, or the note of a conflict, is where reading goes on. */
document.querySelector("[data-focus]")?.focus();

/* A second click while a form is on its way does not send it again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  else form.setAttribute("aria-busy", "true");
});
/* Coming back with the browser's Back: the form may be sent again. */
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy=true]")) form.removeAttribute("aria-busy");
});

/* Entries that keep.js kept in this browser go when their form is saved (the server says so by a cookie) ... */
const savedForm = document.cookie.match(/(?:^|; )saved_form=([^;]+)/);
if (savedForm) {
  forgetEntries(savedForm[1]);
  document.cookie = "saved_form=; Max-Age=0; Path=/; SameSite=Lax";
}
/* ... and all of a person's when that person signs out. */
document.addEventListener("submit", (event) => {
  const start = event.target.dataset?.forget;
  if (start && !event.defaultPrevented) forgetEntries(start);
});
function forgetEntries(start) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(start)) localStorage.removeItem(key);
  } catch { /* a browser that keeps nothing has nothing to forget */ }
}

/* button[data-copy="#id"]: copies that element's text. */
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.copied;
  });
}

/* Printing unfolds what is folded, and folds it again; but for evidence, of which a sheet would be full. */
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("main details:not([open], .evidence)")];
  for (const part of unfolded) part.open = true;
});
addEventListener("afterprint", () => { for (const part of unfolded) part.open = false; });
