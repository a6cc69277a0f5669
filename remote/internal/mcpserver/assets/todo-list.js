// A page of todos: tick, add, undo, show more. What is shown before the server has
// answered is taken back, with a word, if the answer is a failure.

const $ = (id) => document.getElementById(id);

const view = {
  args: {}, // of listTodos
  todos: [],
  total: 0,
  cursor: "",
  zone: "UTC",
  today: "",
  undoable: "", // changeID
  told: [], // what the person did, for the model
};

const quoted = (text) => `“${text}”`;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(text, changeID = "") {
  view.undoable = changeID;
  $("said").textContent = text;
  $("problem").textContent = "";
  if (!changeID && document.activeElement === $("undo")) $("title").focus();
  $("undo").hidden = !changeID;
}

function complain(error) {
  $("problem").textContent = error instanceof Failure ? error.message : "Something went wrong in this view.";
  if (!(error instanceof Failure)) throw error;
}

// ── Showing ────────────────────────────────────────────────────────────────

const day = 86_400_000;

// dueWords says when a todo is due in the person's zone, as briefly as is clear.
function dueWords(due) {
  const language = host.context.locale?.startsWith("en") ? host.context.locale : "en-GB";
  const timed = due.includes("T");
  let date = due.slice(0, 10);
  let clock = "";
  if (timed) {
    const at = new Date(due);
    date = new Intl.DateTimeFormat("sv-SE", { timeZone: view.zone }).format(at);
    clock = ` ${new Intl.DateTimeFormat(language, { timeZone: view.zone, hour: "numeric", minute: "2-digit" }).format(at)}`;
  }
  const on = new Date(`${date}T00:00:00Z`);
  const away = view.today ? Math.round((on - new Date(`${view.today}T00:00:00Z`)) / day) : NaN;
  const names = { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" };
  const format = { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" };
  if (date.slice(0, 4) !== view.today.slice(0, 4)) format.year = "numeric";
  return (names[away] ?? new Intl.DateTimeFormat(language, format).format(on)) + clock;
}

function facts(todo) {
  const list = element("ul", "facts");
  const add = (text, className) => list.append(element("li", className, text));
  if (todo.due) {
    const words = dueWords(todo.due);
    add(todo.overdue && !todo.completed ? `Overdue: ${words}` : words, todo.overdue && !todo.completed ? "late" : "");
  }
  if (todo.repeat) add(todo.repeat);
  if (todo.priority) add(`${todo.priority[0].toUpperCase()}${todo.priority.slice(1)} priority`, todo.priority === "high" ? "high" : "");
  if (todo.list && todo.list !== view.args.list) add(todo.list);
  for (const tag of todo.tags ?? []) add(`#${tag}`);
  if (todo.subtasks) add(`${todo.subtasks} subtasks`);
  if (todo.hasNotes) add("has notes");
  return list;
}

function row(todo) {
  const item = element("li", todo.parentID && view.todos.some((other) => other.id === todo.parentID) ? "child" : "");
  const label = element("label");
  const box = element("input");
  box.type = "checkbox";
  box.id = `t-${todo.id}`;
  const text = element("span", "text", todo.text);
  text.dir = "auto";
  label.append(box, text);
  item.append(label);
  box.addEventListener("click", (event) => {
    if (todo.saving || !editable()) event.preventDefault();
  });
  box.addEventListener("change", () => tick(todo, box.checked).catch(complain));
  todo.paint = () => {
    box.checked = todo.completed;
    item.classList.toggle("done", todo.completed);
    item.classList.toggle("saving", Boolean(todo.saving));
    item.setAttribute("aria-busy", String(Boolean(todo.saving)));
    if (!editable()) box.setAttribute("aria-disabled", "true");
    item.querySelector(".facts")?.remove();
    const known = facts(todo);
    if (!known.childElementCount) return box.removeAttribute("aria-describedby");
    known.id = `f-${todo.id}`;
    box.setAttribute("aria-describedby", known.id);
    item.append(known);
  };
  todo.paint();
  return item;
}

// editable is false where the host lets no view call tools, and in the trash.
const editable = () => Boolean(host.capabilities.serverTools) && view.args.status !== "trash";

function heading() {
  const { status, list, tag, due, query, priority } = view.args;
  const parts = [];
  if (status === "completed") parts.push("Completed");
  if (status === "trash") parts.push("Trash");
  if (list) parts.push(list);
  if (tag) parts.push(`#${tag}`);
  if (due) parts.push(due === "none" ? "No date" : `Due: ${due}`);
  if (priority) parts.push(`Priority: ${priority}`);
  if (query) parts.push(quoted(query));
  return parts.join(", ") || "TODOs";
}

function paint() {
  const focused = document.activeElement?.id;
  $("title").textContent = heading();
  $("todos").replaceChildren(...view.todos.map(row));
  $("empty").hidden = view.todos.length > 0;
  $("more").hidden = !view.cursor || !host.capabilities.serverTools;
  $("add").hidden = !editable() || view.args.status === "completed";
  $("view").removeAttribute("aria-busy");
  count();
  if (focused && document.activeElement?.id !== focused) (document.getElementById(focused) ?? $("title")).focus();
}

function count() {
  const open = view.todos.filter((todo) => !todo.completed).length;
  const done = view.todos.length - open;
  const more = view.cursor ? `${view.todos.length} of ${view.total}` : "";
  $("count").textContent = more || (view.todos.length ? `${open} open${done ? `, ${done} done` : ""}` : "");
}

function adopt(page) {
  view.total = page.total ?? page.todos.length;
  view.cursor = page.nextCursor ?? "";
  view.today = page.now?.match(/\d{4}-\d\d-\d\d/)?.[0] ?? "";
  view.zone = page.timezone || "UTC";
  try {
    new Intl.DateTimeFormat("en", { timeZone: view.zone });
  } catch {
    view.zone = "UTC";
  }
}
