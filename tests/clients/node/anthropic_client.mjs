// The `@anthropic-ai/sdk` package, unmodified. Cases for run.mjs; each takes {url, key, …}.
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

const messages = [{ role: "user", content: "Hello there" }];
const City = z.object({ city: z.string(), people: z.number().int() });
const weather = {
  name: "get_weather", description: "The weather of a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};

function clientOf({ url, key, retries = 0 }, fetch) {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: retries, timeout: 20_000, fetch });
}

export async function chat({ model = "claude", ...options }) {
  const { data, response } = await clientOf(options).messages
    .create({ model, messages, max_tokens: 50, system: "Be brief." }).withResponse();
  return {
    text: data.content[0].text, stop: data.stop_reason, model: data.model, usage: data.usage,
    requestId: response.headers.get("x-request-id"),
    cost: response.headers.get("x-tandem-cost-nano-usd"),
  };
}

export async function stream({ model = "claude", ...options }) {
  const call = clientOf(options).messages.stream({ model, messages, max_tokens: 50 });
  const pieces = [], types = [];
  call.on("text", (delta) => pieces.push(delta));
  call.on("streamEvent", (event) => types.push(event.type));
  const end = await call.finalMessage();
  return {
    pieces, types, text: end.content[0].text, stop: end.stop_reason, model: end.model,
    usage: end.usage,
  };
}

export async function tools({ model = "claude", streamed = false, ...options }) {
  const client = clientOf(options);
  const ask = async (turns) => {
    const body = { model, max_tokens: 50, tools: [weather], messages: turns };
    return streamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);
  };
  const first = await ask(messages);
  const use = first.content.find((block) => block.type === "tool_use");
  const last = await ask([
    ...messages, { role: "assistant", content: first.content },
    { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "sunny" }] },
  ]);
  return { asked: use.input, stop: first.stop_reason, text: last.content[0].text };
}

export async function structured({ model = "claude", ...options }) {
  const answer = await clientOf(options).messages.parse({
    model, messages, max_tokens: 50, output_config: { format: zodOutputFormat(City) },
  });
  return answer.parsed_output;
}

export async function abort({ model = "claude", after = 3, ...options }) {
  const call = clientOf(options).messages.stream({ model, messages, max_tokens: 6000 });
  let seen = 0;
  call.on("text", () => { if (++seen === after) call.abort(); });
  try {
    await call.finalMessage();
  } catch (error) {
    return { seen, thrown: error.constructor.name };
  }
  return { seen, thrown: null };
}

export async function retries({ model = "claude", ...options }) {
  const times = [];
  const counted = (input, init) => { times.push(performance.now()); return fetch(input, init); };
  let outcome;
  try {
    const answer = await clientOf(options, counted).messages
      .create({ model, messages, max_tokens: 50 });
    outcome = answer.content[0].text;
  } catch (error) {
    outcome = `${error.constructor.name} ${error.error?.error?.type}`;
  }
  return { requests: times.length, waits: times.slice(1).map((at, i) => at - times[i]), outcome };
}

export async function countTokens({ model = "claude", ...options }) {
  return clientOf(options).messages.countTokens({ model, messages });
}
