// Runs cases of the client modules beside it, one a line of standard input, and answers each with a
// line of JSON:   {"module": "openai_client", "name": "chat", "options": {"url": …, "key": …}}
// A case is an exported function of its module, options -> anything that JSON can say. What it
// throws is described: the classes of the error as its users catch it, status, code, message.
import { createInterface } from "node:readline";

function describe(error) {
  const { status, statusCode, code, message, requestID, isRetryable, param, type } = error;
  const classes = [];
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    if (at.constructor.name !== "Object") classes.push(at.constructor.name);
  }
  return {
    name: error.name, classes, status: status ?? statusCode ?? null, code: code ?? null, message,
    requestID, isRetryable, param, type, body: error.responseBody ?? error.error ?? null,
  };
}

async function run({ module, name, options }) {
  try {
    const cases = await import(`./${module}.mjs`);
    return { value: (await cases[name](options)) ?? null };
  } catch (error) {
    return { error: describe(error) };
  }
}

// An error that nobody catches is one that a user of the client would see: the case fails.
let unhandled = null;
process.on("unhandledRejection", (error) => { unhandled = error; });

for await (const line of createInterface({ input: process.stdin })) {
  unhandled = null;
  const result = await run(JSON.parse(line));
  const seen = unhandled === null ? result : { error: describe(unhandled) };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}
