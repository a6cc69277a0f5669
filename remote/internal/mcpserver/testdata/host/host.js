// A host of MCP Apps for the tests: the official host code, in a page that shows one
// view in a sandboxed frame and hands its calls on to the test's server.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const post = async (path, body) => {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

const state = { sizes: [], calls: [], contexts: [], ready: false, refuse: "", hold: null, faults: [] };
window.state = state;
window.addEventListener("error", (event) => state.faults.push(event.message));

// open shows the view of a call of listTodos, as a host does.
window.open = async (args, { theme = "light", variables = {}, capabilities, dims } = {}) => {
  document.documentElement.style.colorScheme = theme;
  document.body.style.background = theme === "dark" ? "#201f1e" : "#faf9f7";
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = "view";
  document.body.replaceChildren(frame);
  const bridge = new AppBridge(null, { name: "test host", version: "1" },
    capabilities ?? { serverTools: {}, updateModelContext: { text: {} } },
    { hostContext: { theme, styles: { variables }, locale: "en-GB", displayMode: "inline", containerDimensions: { maxHeight: 600, ...dims } } });
  bridge.oncalltool = async (params) => {
    state.calls.push(params);
    await state.hold;
    if (state.refuse) throw new Error(state.refuse);
    return post("/call", params);
  };
  bridge.onupdatemodelcontext = async (params) => {
    state.contexts.push(params.content[0].text);
    return {};
  };
  bridge.onsizechange = ({ height }) => {
    state.sizes.push(height);
    frame.style.height = `${height}px`;
  };
  const begun = new Promise((resolve) => { bridge.oninitialized = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = "/view";
  await begun;
  state.bridge = bridge;
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(await post("/call", { name: "listTodos", arguments: args }));
  state.ready = true;
};
