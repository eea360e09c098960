// The `openai` package, unmodified. Cases for run.mjs; each takes {url, key, model, …}.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const messages = [{ role: "user", content: "Hello there" }];
const City = z.object({ city: z.string(), people: z.number().int() });

function clientOf({ url, key, retries = 0 }, fetch) {
  return new OpenAI({
    baseURL: `${url}/v1`, apiKey: key, maxRetries: retries, timeout: 20_000, fetch,
  });
}

export async function chat({ model = "chat", ...options }) {
  const { data, response } = await clientOf(options).chat.completions
    .create({ model, messages, max_completion_tokens: 50 }).withResponse();
  return {
    text: data.choices[0].message.content, finish: data.choices[0].finish_reason,
    model: data.model, usage: data.usage, requestId: data._request_id,
    cost: response.headers.get("x-tandem-cost-nano-usd"),
  };
}

export async function stream({ model = "chat", include_usage = true, ...options }) {
  const call = clientOf(options).chat.completions.stream({
    model, messages, max_tokens: 50, stream_options: { include_usage },
  });
  const pieces = [];
  call.on("content", (delta) => pieces.push(delta));
  const end = await call.finalChatCompletion();
  return {
    pieces, text: end.choices[0].message.content, finish: end.choices[0].finish_reason,
    model: end.model, usage: (await call.totalUsage()),
  };
}

// The client's own loop: it calls the tool, sends what it said, and reads the last answer.
export async function tools({ model = "chat", ...options }) {
  const asked = [];
  const runner = clientOf(options).chat.completions.runTools({
    model, messages, stream: options.streamed === true,
    tools: [{
      type: "function",
      function: {
        name: "get_weather", parse: JSON.parse, parameters: { type: "object", properties: { city: { type: "string" } } },
        function: (input) => { asked.push(input); return "sunny"; },
      },
    }],
  });
  return { asked, text: await runner.finalContent() };
}

export async function structured({ model = "chat", ...options }) {
  const answer = await clientOf(options).chat.completions.parse({
    model, messages, response_format: zodResponseFormat(City, "city"),
  });
  return answer.choices[0].message.parsed;
}

// Leaves after a few chunks, as a user does who closes the page.
export async function abort({ model = "chat", after = 3, ...options }) {
  const call = await clientOf(options).chat.completions.create({
    model, messages, stream: true, max_tokens: 6000,
  });
  let seen = 0;
  for await (const chunk of call) {
    if (chunk.choices.length > 0 && ++seen === after) call.controller.abort();
  }
  return { seen };
}

// Leaves before the answer has come.
export async function abortEarly({ model = "chat", wait_ms = 300, ...options }) {
  const signal = AbortSignal.timeout(wait_ms);
  return clientOf(options).chat.completions.create({ model, messages }, { signal });
}

// How often, and when, the client asks; what came of it.
export async function retries({ model = "chat", ...options }) {
  const times = [];
  const counted = (input, init) => { times.push(performance.now()); return fetch(input, init); };
  let outcome;
  try {
    const answer = await clientOf(options, counted).chat.completions.create({ model, messages });
    outcome = answer.choices[0].message.content;
  } catch (error) {
    outcome = `${error.constructor.name} ${error.code}`;
  }
  return { requests: times.length, waits: times.slice(1).map((at, i) => at - times[i]), outcome };
}

export async function embeddings({ model = "embed", texts, ...options }) {
  const answer = await clientOf(options).embeddings.create({ model, input: texts });
  return { vectors: answer.data.map((row) => [...row.embedding]), usage: answer.usage };
}

export async function models(options) {
  const client = clientOf(options);
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  return { ids, one: (await client.models.retrieve(ids[0])).object };
}
