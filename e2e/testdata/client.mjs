// A client on the TypeScript SDK, run by TestTypeScriptSDK with the endpoint and a
// token. It prints what it got as JSON; the SDK itself checks every result against
// the protocol's schemas and every tool's output against the tool's.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.TODO_TEST_PEERS + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");

const [, , url, token] = process.argv;
const client = new Client({ name: "ts-client", version: "1.0.0" });
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
);
const { tools } = await client.listTools(); // also lets callTool check outputs
const created = await client.callTool({ name: "createTodo", arguments: { todoText: "from TypeScript" } });
const list = await client.callTool({ name: "listTodos", arguments: {} });
const { resources } = await client.listResources();
const { resourceTemplates } = await client.listResourceTemplates();
const uri = resources.find((r) => r.name === "from TypeScript")?.uri;
const read = await client.readResource({ uri });
const refused = await client.callTool({ name: "markTodoComplete", arguments: { todoID: "nosuchid" } });

// Every tool once more, with a result that is worth checking.
const todo = { todoText: "every field", notes: "n", due: "tomorrow 17:00", repeat: "every week", priority: "high", list: "TypeScript", tags: ["ts"] };
const many = await client.callTool({ name: "createTodos", arguments: { todos: [todo, { todoText: "" }] } });
const id = many.structuredContent.todos[0].id;
const failed = [];
for (const [name, args] of [
  ["createTodo", { todoText: "a part", parentID: id }],
  ["listTodos", { list: "TypeScript", due: "week", sort: "due" }],
  ["getTodo", { todoID: id }],
  ["getOverview", {}],
  ["listChanges", { todoID: id }],
  ["updateTodos", { todos: [{ todoID: id, due: "none", addTags: ["x"] }, { todoID: "nosuchid" }] }],
  ["undoChange", {}],
  ["markTodoComplete", { todoID: id }],
  ["setTodosCompleted", { todoIDs: [id], completed: false }],
  ["deleteTodo", { todoID: id }],
  ["deleteTodos", { todoIDs: [id] }],
]) {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) failed.push(`${name}: ${result.content[0].text}`);
}
console.log(
  JSON.stringify({
    server: client.getServerVersion(),
    tools: tools.map((t) => t.name),
    created: created.content[0].text,
    listed: list.structuredContent.todos.map((t) => t.text),
    templates: resourceTemplates.map((t) => t.uriTemplate),
    read: read.contents[0].text,
    refused: refused.isError,
    failed,
  }),
);
await client.close();
