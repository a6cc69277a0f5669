// The view's side of MCP Apps (2026-01-26): JSON-RPC by postMessage with the window
// that holds us. Nothing here knows of todos.

const PATIENCE = 30_000; // milliseconds until an answer is given up

class Failure extends Error {}

const host = {
  capabilities: {},
  context: {},
  hears: {}, // method of a notification → handler, set by the view
  changed() {}, // the context is another, set by the view
};

{
  const waiting = new Map();
  let last = 0;

  const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

  host.notify = (method, params = {}) => post({ method, params });

  // request resolves with the result. It rejects with a Failure that says what a
  // person may read.
  host.request = (method, params = {}) => new Promise((resolve, reject) => {
    const id = ++last;
    const late = setTimeout(() => {
      waiting.delete(id);
      reject(new Failure("No answer came. It may have been saved all the same."));
    }, PATIENCE);
    waiting.set(id, { resolve, reject, late });
    post({ id, method, params });
  });

  const answered = ({ id, result, error }) => {
    const asked = waiting.get(id);
    if (!asked) return;
    waiting.delete(id);
    clearTimeout(asked.late);
    if (error) asked.reject(new Failure(String(error.message || "The host refused.")));
    else asked.resolve(result ?? {});
  };

  const asked = ({ id, method }) => {
    if (method === "ping" || method === "ui/resource-teardown") post({ id, result: {} });
    else post({ id, error: { code: -32601, message: `unknown method ${method}` } });
  };

  const adopt = (context) => {
    Object.assign(host.context, context);
    host.changed(host.context);
  };

  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== "2.0") return;
    if (data.method === undefined) answered(data);
    else if (data.id !== undefined) asked(data);
    else if (data.method === "ui/notifications/host-context-changed") adopt(data.params ?? {});
    else host.hears[data.method]?.(data.params ?? {});
  });

  host.begin = async (name) => {
    const hello = await host.request("ui/initialize", {
      appInfo: { name, version: "1" }, appCapabilities: {}, protocolVersion: "2026-01-26",
    });
    host.capabilities = hello.hostCapabilities ?? {};
    adopt(hello.hostContext ?? {});
    host.notify("ui/notifications/initialized");
  };

  // call calls a tool of the server and resolves with its data.
  host.call = async (name, args) => host.dataOf(await host.request("tools/call", { name, arguments: args }));

  // dataOf returns the data of a tool's result, which some hosts hand on only as text.
  host.dataOf = ({ structuredContent, content = [], isError }) => {
    const text = content.find((block) => block.type === "text")?.text ?? "";
    if (isError) throw new Failure(text || "It failed.");
    if (structuredContent) return structuredContent;
    try {
      return JSON.parse(text);
    } catch {
      throw new Failure("The answer cannot be shown.");
    }
  };

  // reportSize tells the host how large the document is, whenever that changes.
  host.reportSize = () => {
    const root = document.documentElement;
    let told = "";
    new ResizeObserver(() => {
      const { width, height } = root.getBoundingClientRect();
      const size = { width: Math.ceil(width), height: Math.ceil(height) };
      if (told === JSON.stringify(size)) return;
      told = JSON.stringify(size);
      host.notify("ui/notifications/size-changed", size);
    }).observe(root, { box: "border-box" });
  };

  // follow makes the document look as the host does.
  host.follow = ({ theme, styles, containerDimensions: room = {}, safeAreaInsets: inset = {} }) => {
    const root = document.documentElement;
    if (theme === "light" || theme === "dark") root.style.colorScheme = theme;
    for (const [name, value] of Object.entries(styles?.variables ?? {})) {
      if (name.startsWith("--") && typeof value === "string") root.style.setProperty(name, value);
    }
    const [top, right, bottom, left] = [inset.top, inset.right, inset.bottom, inset.left].map((side) => Number(side) || 0);
    root.style.padding = `${top}px ${right}px ${bottom}px ${left}px`;
    const highest = room.height ?? Math.min(500, room.maxHeight ?? 500);
    root.style.setProperty("--highest", `${highest - top - bottom}px`);
  };
}
