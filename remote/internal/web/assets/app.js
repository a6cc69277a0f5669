// Live updates and fewer page loads for pages that work without this file.
//
// The server renders everything. A form is sent with fetch and the answer, a whole
// page, replaces the live parts of this one; a change made elsewhere does the same.
// Nothing here builds markup of its own.
"use strict";

const $ = (id) => document.getElementById(id);
const list = $("list");

// The server shows and understands dates in this zone, unless the settings name one.
const zone = `timezone=${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
const zoned = document.cookie.split("; ").includes(zone);
document.cookie = `${zone}; path=/; max-age=31536000; samesite=lax`;

// ── Pages into the page ──────────────────────────────────────────────────────

// morph makes the children of to those of from, keeps elements with the same id,
// and so keeps the focus, the scroll position and an open menu where they are.
function morph(to, from) {
  const kept = new Map([...to.children].filter((e) => e.id).map((e) => [e.id, e]));
  let at = to.firstChild;
  for (const next of [...from.childNodes]) {
    const old = next.id && kept.get(next.id);
    if (old && old.nodeName === next.nodeName) {
      if (old === at) at = at.nextSibling;
      else to.insertBefore(old, at);
      if (!old.isEqualNode(next)) update(old, next);
    } else if (at && !at.id && at.nodeName === next.nodeName) {
      const same = at;
      at = at.nextSibling;
      if (!same.isEqualNode(next)) update(same, next);
    } else {
      to.insertBefore(document.importNode(next, true), at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function update(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = next.nodeValue;
    return;
  }
  const open = old.nodeName === "DETAILS" && old.open;
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.nodeName === "DETAILS") old.open = open;
  if (old.type === "checkbox") old.checked = next.hasAttribute("checked");
  else morph(old, next);
}

// take puts the live parts of a fetched page in place of ours. An empty message
// does not wipe one that is still being read, and the focus does not get lost with
// a row: the one that moves up has it.
function take(page) {
  const at = rowLinks().indexOf(document.activeElement.closest(".rows li")?.querySelector(".what a"));
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (!next || (part.id === "flash" && !next.childNodes.length)) continue;
    update(part, next);
  }
  for (const box of list.querySelectorAll("input[type=checkbox]")) box.checked = box.defaultChecked;
  if (at >= 0 && document.activeElement === document.body) (rowLinks()[at] || $("new"))?.focus();
}

function rowLinks() {
  return [...list.querySelectorAll(".what a")];
}

// load fetches a page. One that leads to the sign-in page means that the session
// has ended: the browser follows.
async function load(url, init) {
  const answer = await fetch(url, { ...init, headers: { Accept: "text/html" } });
  if (new URL(answer.url).pathname === "/login") {
    location.reload();
    return new Promise(() => {});
  }
  return { ok: answer.ok, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
}

// ── Forms ────────────────────────────────────────────────────────────────────

let queue = Promise.resolve(); // changes are sent one after the other, in order

function send(url, fields) {
  const sent = queue.then(() => load(url, { method: "POST", body: new URLSearchParams(fields) }));
  queue = sent.catch(() => {});
  return sent;
}

function say(text) {
  const p = document.createElement("p");
  p.textContent = text;
  $("flash").replaceChildren(p);
}

// change sends a form and shows what became of it: the list with a message, or the
// error page's heading as the message.
async function change(url, fields) {
  try {
    const { ok, page } = await send(url, fields);
    const heading = page.querySelector("main h1");
    if (page.getElementById("list")) take(page);
    else if (!ok && heading) say(heading.textContent);
    if (!ok) refresh();
    return { ok, page };
  } catch {
    say("The server is out of reach. Nothing was changed.");
    refresh();
    return { ok: false };
  }
}

async function add(form) {
  const field = $("new");
  const text = field.value;
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  field.value = "";
  const { ok, page } = await change(form.action, { text, key });
  const problem = page && page.getElementById("add-problem");
  $("add-problem").textContent = problem ? problem.textContent : "";
  field.toggleAttribute("aria-invalid", !ok);
  if (!ok && !field.value) field.value = text;
}

async function edit(href) {
  const { ok, page } = await load(href);
  const form = ok && page.querySelector("form.editor");
  if (!form) location.assign(href);
  else show(form);
}

function show(form) {
  $("editor").replaceChildren(document.importNode(form, true));
  if (!$("editor").open) $("editor").showModal();
  const field = $("editor").querySelector("#text");
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

async function save(form) {
  const { ok, page } = await change(form.action, new FormData(form));
  const again = page && page.querySelector("form.editor");
  if (again) show(again);
  else if (ok) $("editor").close();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!list || form.method === "dialog") return;
  const url = event.submitter && event.submitter.hasAttribute("formaction") ? event.submitter.formAction : form.action;
  if (!new URL(url).pathname.startsWith("/todoapp")) return;
  event.preventDefault();
  if (form.id === "add") add(form);
  else if (form.matches(".editor")) save(form);
  else change(url, new FormData(form));
});

document.addEventListener("change", ({ target }) => {
  if (target.closest(".tick")) change(`/todoapp/${target.value}/${target.checked ? "complete" : "reopen"}`, {});
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("a, button");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.dataset.copy) copy(target);
  else if (target.id === "help-button") $("help").showModal();
  else if (target.hasAttribute("data-close") && $("editor")) $("editor").close();
  else if (target.id.startsWith("x-") && $("editor")) edit(target.href);
  else return;
  event.preventDefault();
});

async function copy(button) {
  await navigator.clipboard.writeText($(button.dataset.copy).textContent);
  button.textContent = "Copied";
}

// ── Keys ─────────────────────────────────────────────────────────────────────

function step(by) {
  const links = rowLinks();
  const row = document.activeElement.closest(".rows li");
  const at = row ? links.indexOf(row.querySelector(".what a")) + by : by > 0 ? 0 : links.length - 1;
  if (links[at]) links[at].focus();
}

const keys = {
  n: () => $("new").focus(),
  "/": () => $("new").focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest(".rows li")?.querySelector(".tick input")?.click(),
  u: () => $("flash").querySelector("button")?.click(),
  "?": () => $("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!$("editor") || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("textarea, input:not([type=checkbox])") || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

// ── Changes made elsewhere ───────────────────────────────────────────────────

let wanted; // a refresh that is due; the latest change names it

function refresh(changeID) {
  const due = { changeID: changeID || (wanted && wanted.changeID) };
  if (!wanted) queue = queue.then(pull).catch(() => {});
  wanted = due;
}

async function pull() {
  const { changeID } = wanted;
  wanted = undefined;
  const url = new URL(location.href);
  if (changeID) url.searchParams.set("change", changeID);
  else url.searchParams.delete("change");
  const { ok, page } = await load(url);
  if (ok) take(page);
}

// heard looks at a change. Our own are already shown: their answer carried a
// revision as high.
function heard(event) {
  const made = JSON.parse(event.data);
  queue.then(() => {
    if (made.rev <= Number(list.dataset.rev)) return;
    refresh(made.changeID);
    queue.then(() => {
      for (const { id } of made.todos) $(`t-${id}`)?.classList.add("fresh");
    });
  });
}

function status(text) {
  const state = $("state");
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("away", text !== "Live");
}

let wait = 1000; // milliseconds before the next try, doubled with each

// listen hears of every change since the one that the page shows.
function listen() {
  const events = new EventSource(`/api/events?since=${list.dataset.rev}`);
  events.onopen = () => {
    status("Live");
    wait = 1000;
  };
  events.onerror = () => {
    status("Reconnecting…");
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, wait * (0.5 + Math.random()));
    wait = Math.min(2 * wait, 30000);
  };
  for (const kind of ["created", "updated", "completed", "reopened", "deleted", "restored", "undone", "imported"]) {
    events.addEventListener(`todo.${kind}`, heard);
  }
  events.addEventListener("resync", () => refresh());
}

if (list) listen();
if (list && !zoned) refresh();
for (const button of document.querySelectorAll("[data-copy], #help-button")) button.hidden = button.dataset.copy && !navigator.clipboard;
