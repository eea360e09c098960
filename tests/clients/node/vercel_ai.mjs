// Vercel's AI SDK (`ai`) with three of its providers, unmodified. Cases for run.mjs; each takes
// {url, key, model, provider: "compatible" | "openai" | "responses" | "anthropic", …}.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const City = z.object({ city: z.string(), people: z.number().int() });

function modelOf({ url, key, provider, model = "chat" }) {
  const settings = { baseURL: `${url}/v1`, apiKey: key };
  switch (provider) {
    case "anthropic": return createAnthropic(settings)(model);
    case "openai": return createOpenAI(settings).chat(model);
    case "responses": return createOpenAI(settings).responses(model);
    default:
      return createOpenAICompatible({ ...settings, name: "tandem", includeUsage: true })(model);
  }
}

const common = (options) => ({ model: modelOf(options), maxRetries: options.retries ?? 0 });
const usageOf = ({ inputTokens, outputTokens }) => ({ inputTokens, outputTokens });

export async function chat(options) {
  const answer = await generateText({
    ...common(options), prompt: "Hello there", maxOutputTokens: 50,
  });
  return { text: answer.text, finish: answer.finishReason, usage: usageOf(answer.usage) };
}

export async function stream(options) {
  let failure = null;
  const call = streamText({
    ...common(options), prompt: "Hello there", maxOutputTokens: 50,
    onError: ({ error }) => { failure = String(error.message ?? JSON.stringify(error)); },
  });
  const pieces = [];
  for await (const piece of call.textStream) pieces.push(piece);
  if (failure !== null) return { pieces, failure };
  return {
    pieces, text: await call.text, finish: await call.finishReason,
    usage: usageOf(await call.usage),
  };
}

// Two steps: the model calls the tool, the SDK runs it, and the model answers.
export async function tools(options) {
  const asked = [];
  const settings = {
    ...common(options), prompt: "Hello there", stopWhen: stepCountIs(3),
    tools: {
      get_weather: tool({
        description: "The weather of a city.", inputSchema: z.object({ city: z.string() }),
        execute: async (input) => { asked.push(input); return "sunny"; },
      }),
    },
  };
  if (options.streamed) {
    const call = streamText(settings);
    await call.consumeStream();
    return { asked, text: await call.text, steps: (await call.steps).length };
  }
  const answer = await generateText(settings);
  return { asked, text: answer.text, steps: answer.steps.length };
}

export async function structured(options) {
  const answer = await generateText({
    ...common(options), prompt: "Hello there", output: Output.object({ schema: City }),
  });
  return answer.output;
}

export async function abort({ after = 3, ...options }) {
  const controller = new AbortController();
  const call = streamText({
    ...common(options), prompt: "Hello there", maxOutputTokens: 6000,
    abortSignal: controller.signal, onError: () => {},
  });
  let seen = 0;
  for await (const _ of call.textStream) {
    if (++seen === after) { controller.abort(); break; }
  }
  return { seen };
}

export async function embeddings({ texts, ...options }) {
  const provider = createOpenAICompatible({
    name: "tandem", baseURL: `${options.url}/v1`, apiKey: options.key,
  });
  const answer = await embedMany({ model: provider.embeddingModel("embed"), values: texts });
  return { vectors: answer.embeddings, usage: answer.usage };
}
