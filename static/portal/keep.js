/* Keeps what is typed into a form: on the server a moment after the last change, and in this browser at once, so that
   a dropped connection, a closed tab, a crash or an expired session loses nothing. Settings and words stand in
   components/unsaved.html. The form works without this file. */
"use strict";

const box = document.querySelector("[data-keep]");
if (box) {
  const form = box.closest("form");
  const settings = box.dataset;
  const author = form.elements.author.value;
  const storageKey = `kept:${author}:${settings.key}`;
  const NOT_ENTRIES = new Set(["csrfmiddlewaretoken", "author", "then"]);
  const NOT_COMPARED = new Set(["token", "form_token", "version", "base"]);
  const QUIET_MS = 3000, LOOK_MS = 5000, RETRY_MS = 20000, MOST_BYTES_ON_LEAVING = 60000;
  const KEPT_FOR_MS = 30 * 24 * 60 * 60 * 1000;

  let kept = text(entries()); // what was typed last time anybody looked
  let onServer = !("filled" in settings); // whether the server has all of it
  let inBrowser = false;
  let started = false; // whether anything was typed at all
  let leaving = false; // whether the form is on its way, or the person is signing out
  let timer, sending;

  /* --- the entries ----------------------------------------------------------------------------------------- */

  function entries() {
    return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_ENTRIES.has(name));
  }
  function text(pairs) {
    return JSON.stringify(pairs);
  }
  function chosen(conditions) {
    return (conditions || "").split(" ").filter(Boolean).some((condition) => {
      const [name, value] = condition.split("=");
      return form.elements[name]?.value === value;
    });
  }
  const isNowhere = () => chosen(settings.nowhereIf);
  const mayStayHere = () => !("serverOnly" in settings) && !isNowhere() && !chosen(settings.serverOnlyIf);

  /* --- in this browser --------------------------------------------------------------------------------------- */

  function keepHere() {
    inBrowser = false;
    try {
      if (!mayStayHere()) {
        localStorage.removeItem(storageKey);
      } else if (started) {
        localStorage.setItem(storageKey, JSON.stringify({ at: Date.now(), entries: entries() }));
        inBrowser = true;
      }
    } catch { /* full, or switched off: the status says what is kept */ }
  }
  function copies() {
    const found = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith("kept:")) continue;
        const copy = JSON.parse(localStorage.getItem(key));
        if (Date.now() - copy.at > KEPT_FOR_MS) localStorage.removeItem(key);
        else if (isOfThisForm(key)) found.push({ key, ...copy });
      }
    } catch { /* nothing to offer */ }
    return found.sort((one, other) => other.at - one.at);
  }
  function isOfThisForm(key) {
    const family = `kept:${author}:${settings.family}`;
    return family.endsWith(":") ? key.startsWith(family) : key === family;
  }

  /* --- on the server ----------------------------------------------------------------------------------------- */

  function sent() {
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, author });
    // What belongs nowhere is not sent either: only that it is so, for an earlier copy to be dropped.
    const pairs = isNowhere() ? entries().filter(([name]) => ["classification", "token", "form_token"].includes(name)) : entries();
    for (const [name, value] of pairs) body.append(name, value);
    return body;
  }
  function keepThere() {
    clearTimeout(timer);
    sending = (sending || Promise.resolve()).then(() => post(true));
    return sending;
  }
  async function post(again) {
    if (onServer || leaving) return;
    const typed = text(entries());
    try {
      const answer = await fetch(settings.keep, { method: "POST", body: sent() });
      if (answer.ok) {
        const { kept: done, at, message } = await answer.json();
        onServer = typed === text(entries());
        if (done) say("saved", { when: at });
        else if (isNowhere()) say("nowhere");
        else say("failed", {}, message);
      } else if ([401, 403].includes(answer.status)) {
        if (await isStillMe() && again) await post(false);
        else if (!again) later("failed");
      } else later("failed");
    } catch {
      later(inBrowser ? "offline" : "offlineUnkept");
    }
  }
  function later(state) {
    say(state);
    clearTimeout(timer);
    timer = setTimeout(keepThere, RETRY_MS);
  }

  /* Whether the author is signed in; the forms of the page get the secret of the present session. Says why not. */
  async function isStillMe() {
    const answer = await fetch(settings.session, { cache: "no-store" });
    const { user, token } = await answer.json();
    if (String(user) !== author) {
      say(user === null ? "signedOut" : "somebodyElse");
      return false;
    }
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    return true;
  }

  /* --- while typing --------------------------------------------------------------------------------------------- */

  function look() {
    const now = text(entries());
    if (now === kept) return;
    kept = now;
    started = true;
    onServer = false;
    keepHere();
    clearTimeout(timer);
    timer = setTimeout(keepThere, QUIET_MS);
  }
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  setInterval(look, LOOK_MS); // rows that came or went, and what other scripts filled in
  addEventListener("online", keepThere);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
    else keepThere(); // somebody may have signed in again in another tab
  });
  addEventListener("pagehide", leave);
  addEventListener("beforeunload", (event) => {
    look();
    if (!leaving && started && !onServer && !inBrowser && !isNowhere()) event.preventDefault();
  });
  function leave() {
    if (leaving) return;
    look();
    const body = sent();
    if (onServer || body.toString().length > MOST_BYTES_ON_LEAVING) return;
    fetch(settings.keep, { method: "POST", body, keepalive: true }).catch(() => {});
  }

  /* --- sending the form ------------------------------------------------------------------------------------------ */

  let checking = false, checked = false;
  form.addEventListener("submit", async (event) => {
    if (checked) return;
    event.preventDefault();
    if (checking) return;
    checking = true;
    look();
    clearTimeout(timer);
    try {
      await sending;
      checked = await isStillMe();
    } catch {
      later(inBrowser ? "offline" : "offlineUnkept");
    }
    checking = false;
    if (checked) {
      leaving = true;
      form.requestSubmit(event.submitter);
    } else status.scrollIntoView({ block: "center" });
  });
  addEventListener("pageshow", () => { leaving = checked = false; });

  /* Signing out drops this browser's copies: the server gets the last words first. */
  for (const signOut of document.querySelectorAll("form[data-forget]")) {
    signOut.addEventListener("submit", async (event) => {
      if (leaving) return;
      event.preventDefault();
      look();
      await keepThere();
      leaving = true;
      signOut.requestSubmit(event.submitter);
    });
  }

  /* --- the status -------------------------------------------------------------------------------------------------- */

  const status = box.querySelector("[data-status]");
  const link = box.querySelector("[data-sign-in-link]");
  link.search = `?next=${encodeURIComponent(location.pathname)}`;
  form.querySelector(".form-buttons")?.append(status);
  let state = "";
  function say(next, values = {}, message = "") {
    let words = message || status.dataset[next];
    for (const [name, value] of Object.entries(values)) words = words.replace(`{${name}}`, value);
    status.querySelector("[data-words]").textContent = words;
    status.hidden = false;
    link.hidden = !["signedOut", "somebodyElse"].includes(next);
    // Read aloud when it turns from good to bad or back, not at each time that something was kept.
    if (next !== state && (next !== "saved" || state)) box.querySelector("[data-aloud]").textContent = words;
    state = next;
  }

  /* --- offering back ------------------------------------------------------------------------------------------------- */

  const blank = comparable(entries());
  function comparable(pairs) {
    return text(pairs.filter(([name, value]) => value !== "" && !NOT_COMPARED.has(name) && !/-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(name)));
  }
  function offer(copy) {
    const place = box.querySelector("[data-offers]");
    const known = place.querySelector(`[data-offer="${copy.key.slice(`kept:${author}:`.length)}"]`);
    if (known && Number(known.dataset.at) * 1000 >= copy.at) return;
    const item = box.querySelector("[data-offer-in-browser]").content.firstElementChild.cloneNode(true);
    const when = new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    const words = item.querySelector("[data-text]"), differs = item.querySelector("[data-differs]");
    words.textContent = words.dataset.text.replace("{when}", when);
    differs.textContent = differs.dataset.differs.replace("{fields}", labels(copy.entries).join(", "));
    item.querySelector("[data-take]").addEventListener("click", () => takeBack(copy));
    item.querySelector("[data-drop]").addEventListener("click", (event) => {
      if (!confirm(event.currentTarget.dataset.drop)) return;
      localStorage.removeItem(copy.key);
      item.remove();
      if (known) known.hidden = false;
    });
    if (known) known.hidden = true;
    place.prepend(item);
  }
  /* The names of the fields and rows that the copy fills in otherwise than the page. */
  function labels(pairs) {
    const values = (list, name) => text(list.filter(([each]) => each === name).map(([, value]) => value));
    const now = entries();
    const names = new Set([...pairs, ...now].map(([name]) => name).filter((name) => !NOT_COMPARED.has(name)));
    const found = new Set();
    for (const name of names) {
      if (/_FORMS$/.test(name) || values(pairs, name) === values(now, name)) continue;
      const label = labelOf(name);
      if (label) found.add(label);
    }
    return [...found];
  }
  function labelOf(name) {
    const part = [...document.querySelectorAll("[data-formset]")].find((each) => name.startsWith(`${each.dataset.formset}-`));
    if (part) return part.querySelector("legend")?.textContent.trim();
    const control = form.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`);
    const several = control?.closest(".field")?.querySelector("fieldset > legend");
    const label = several || control?.labels?.[0] || control?.closest(".field")?.querySelector("label");
    return label ? [...label.childNodes].filter((each) => each.nodeType === Node.TEXT_NODE).map((each) => each.textContent).join("").trim() : "";
  }
  /* The server shows the form with the entries in it: fields, rows and pickers, as after an error. Nothing is written. */
  function takeBack(copy) {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    const pairs = [...copy.entries, ["then", "restore"], ["author", author], ["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value]];
    for (const [name, value] of pairs) {
      const field = document.createElement("textarea"); // keeps line ends, which an input does not
      field.name = name;
      field.value = value;
      again.append(field);
    }
    again.hidden = true;
    document.body.append(again);
    leaving = true;
    again.submit();
  }

  if ("filled" in settings) {
    started = true;
    keepHere();
    keepThere();
  } else {
    for (const copy of copies().reverse()) {
      if (comparable(copy.entries) === blank) localStorage.removeItem(copy.key);
      else offer(copy);
    }
  }
}
