// Counts the tokens of each text of an object on standard input, with the
// tokenizer that Doist's CI uses. Run by TestTokenCeilings.
import { createRequire } from "node:module";

const { encode } = createRequire(process.env.TODO_TEST_PEERS + "/")("gpt-tokenizer");
let input = "";
for await (const chunk of process.stdin) input += chunk;
const counts = Object.fromEntries(Object.entries(JSON.parse(input)).map(([name, text]) => [name, encode(text).length]));
console.log(JSON.stringify(counts));
