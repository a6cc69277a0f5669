// Prints the test's host page as one script, from the peers that are installed in the
// folder which TODO_TEST_PEERS names.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const peers = process.env.TODO_TEST_PEERS;
const { rolldown } = await import(pathToFileURL(createRequire(`${peers}/`).resolve("rolldown")));
const bundle = await rolldown({ input: new URL("host.js", import.meta.url).pathname, resolve: { modules: [peers] }, logLevel: "silent" });
const { output } = await bundle.generate({ format: "iife" });
process.stdout.write(output[0].code);
