#include <array>

#include "cost/builtin_prices.h"

namespace tandem::cost {
namespace {

// List prices as the providers publish them, checked against a second public collection on the day
// that the header names. Sort within a provider by age, newest first. A model that bills per image
// token or per character is left out: its cost would be wrong, and "unknown" says so. batch_percent
// stands where the provider's batch API halves the price of tokens.
// clang-format off
constexpr auto kLines = std::to_array<BuiltinPrice>({
    // Run on the user's own machines: no money changes hands, energy and time are in the ledger.
    {"smollm2-135m-instruct bge-small-en-v1.5 ms-marco-minilm-l-12", "input=0 output=0"},

    // OpenAI
    {"gpt-6-astra", "input=10 cached_input=1 cache_write=12.5 output=50 long_context.above=272000 "
     "long_context.input=20 long_context.cached_input=2 long_context.cache_write=25 "
     "long_context.output=75 thousand_web_searches=10 batch_percent=50"},
    {"gpt-6-sol", "input=2 cached_input=0.2 cache_write=2.5 output=10 long_context.above=272000 "
     "long_context.input=4 long_context.cached_input=0.4 long_context.cache_write=5 "
     "long_context.output=15 thousand_web_searches=10 batch_percent=50"},
    {"gpt-6-luna", "input=0.1 cached_input=0.01 cache_write=0.125 output=0.5 "
     "long_context.above=272000 long_context.input=0.2 long_context.cached_input=0.02 "
     "long_context.cache_write=0.25 long_context.output=0.75 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.6 gpt-5.6-sol", "input=4 cached_input=0.4 cache_write=5 output=20 "
     "long_context.above=272000 long_context.input=8 long_context.cached_input=0.8 "
     "long_context.cache_write=10 long_context.output=30 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.6-terra", "input=2 cached_input=0.2 cache_write=2.5 output=12 "
     "long_context.above=272000 long_context.input=4 long_context.cached_input=0.4 "
     "long_context.cache_write=5 long_context.output=18 thousand_web_searches=10 batch_percent=50"},
    {"gpt-5.6-luna", "input=0.2 cached_input=0.02 cache_write=0.25 output=1.2 "
     "long_context.above=272000 long_context.input=0.4 long_context.cached_input=0.04 "
     "long_context.cache_write=0.5 long_context.output=1.8 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.5", "input=5 cached_input=0.5 output=30 long_context.above=272000 "
     "long_context.input=10 long_context.cached_input=1 long_context.output=45 "
     "thousand_web_searches=10 batch_percent=50"},
    {"gpt-5.5-pro gpt-5.4-pro", "input=30 output=180 long_context.above=272000 "
     "long_context.input=60 long_context.output=270 thousand_web_searches=10 batch_percent=50"},
    {"gpt-5.4", "input=2.5 cached_input=0.25 output=15 long_context.above=272000 "
     "long_context.input=5 long_context.cached_input=0.5 long_context.output=22.5 "
     "thousand_web_searches=10 batch_percent=50"},
    {"gpt-5.4-mini", "input=0.75 cached_input=0.075 output=4.5 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.4-nano", "input=0.2 cached_input=0.02 output=1.25 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.2 gpt-5.3-codex", "input=1.75 cached_input=0.175 output=14 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.2-codex gpt-5.2-chat-latest gpt-5.3-chat-latest",
     "input=1.75 cached_input=0.175 output=14 batch_percent=50"},
    {"gpt-5.2-pro", "input=21 output=168 thousand_web_searches=10 batch_percent=50"},
    {"gpt-5 gpt-5.1 gpt-5-search-api",
     "input=1.25 cached_input=0.125 output=10 thousand_web_searches=10 batch_percent=50"},
    {"gpt-5-codex gpt-5-chat-latest gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-chat-latest",
     "input=1.25 cached_input=0.125 output=10 batch_percent=50"},
    {"gpt-5-mini", "input=0.25 cached_input=0.025 output=2 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5.1-codex-mini", "input=0.25 cached_input=0.025 output=2 batch_percent=50"},
    {"gpt-5-nano", "input=0.05 cached_input=0.005 output=0.4 thousand_web_searches=10 "
     "batch_percent=50"},
    {"gpt-5-pro", "input=15 output=120 thousand_web_searches=10 batch_percent=50"},
    {"gpt-4.1", "input=2 cached_input=0.5 output=8 thousand_web_searches=25 batch_percent=50"},
    {"gpt-4.1-mini", "input=0.4 cached_input=0.1 output=1.6 thousand_web_searches=25 "
     "batch_percent=50"},
    {"gpt-4.1-nano", "input=0.1 cached_input=0.025 output=0.4 batch_percent=50"},
    {"gpt-4o", "input=2.5 cached_input=1.25 output=10 batch_percent=50"},
    {"gpt-4o-search-preview", "input=2.5 cached_input=1.25 output=10 thousand_web_searches=25 "
     "batch_percent=50"},
    {"gpt-4o-2024-05-13 chatgpt-4o-latest", "input=5 output=15 batch_percent=50"},
    {"gpt-4o-mini gpt-4o-mini-search-preview",
     "input=0.15 cached_input=0.075 output=0.6 thousand_web_searches=25 batch_percent=50"},
    {"gpt-4o-audio-preview", "input=2.5 output=10 audio_input=40 audio_output=80"},
    {"gpt-4o-mini-audio-preview", "input=0.15 output=0.6 audio_input=10 audio_output=20"},
    {"gpt-audio gpt-audio-1.5", "input=2.5 output=10 audio_input=32 audio_output=64"},
    {"gpt-audio-mini", "input=0.6 output=2.4 audio_input=10 audio_output=20"},
    {"o1", "input=15 cached_input=7.5 output=60 batch_percent=50"},
    {"o1-pro", "input=150 output=600 batch_percent=50"},
    {"o1-mini", "input=1.1 cached_input=0.55 output=4.4 batch_percent=50"},
    {"o3", "input=2 cached_input=0.5 output=8 thousand_web_searches=10 batch_percent=50"},
    {"o3-pro", "input=20 output=80 thousand_web_searches=10 batch_percent=50"},
    {"o3-mini", "input=1.1 cached_input=0.55 output=4.4 batch_percent=50"},
    {"o3-deep-research", "input=10 cached_input=2.5 output=40 batch_percent=50"},
    {"o4-mini", "input=1.1 cached_input=0.275 output=4.4 thousand_web_searches=10 "
     "batch_percent=50"},
    {"o4-mini-deep-research", "input=2 cached_input=0.5 output=8 batch_percent=50"},
    {"computer-use-preview", "input=3 output=12 batch_percent=50"},
    {"gpt-4-turbo gpt-4-turbo-preview gpt-4-1106-preview gpt-4-0125-preview",
     "input=10 output=30 batch_percent=50"},
    {"gpt-4 gpt-4-0613", "input=30 output=60 batch_percent=50"},
    {"gpt-4-32k", "input=60 output=120 batch_percent=50"},
    {"gpt-3.5-turbo gpt-3.5-turbo-0125", "input=0.5 output=1.5 batch_percent=50"},
    {"gpt-3.5-turbo-1106", "input=1 output=2 batch_percent=50"},
    {"gpt-3.5-turbo-16k", "input=3 output=4 batch_percent=50"},
    {"gpt-3.5-turbo-instruct", "input=1.5 output=2 batch_percent=50"},
    {"davinci-002", "input=2 output=2"},
    {"babbage-002", "input=0.4 output=0.4"},
    {"gpt-4o-transcribe", "input=2.5 output=10"},
    {"gpt-4o-mini-transcribe", "input=1.25 output=5"},
    {"whisper-1", "second=0.0001"},
    {"text-embedding-3-small", "input=0.02 batch_percent=50"},
    {"text-embedding-3-large", "input=0.13 batch_percent=50"},
    {"text-embedding-ada-002", "input=0.1 batch_percent=50"},
    {"omni-moderation-latest omni-moderation text-moderation-latest", "input=0"},

    // Anthropic: reading the cache costs a tenth or less; writing a quarter more, or twice.
    {"claude-opus-5-5", "input=4 cached_input=0.2 cache_write=5 cache_write_1h=8 output=20 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-opus-4-6 claude-opus-4-5",
     "input=5 cached_input=0.5 cache_write=6.25 cache_write_1h=10 output=25 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-fable-5 claude-mythos-5", "input=10 cached_input=1 cache_write=12.5 "
     "cache_write_1h=20 output=50 thousand_web_searches=10 batch_percent=50"},
    {"claude-fable-5-1 claude-mythos-5-1", "input=10 cached_input=0.25 cache_write=12.5 "
     "cache_write_1h=20 output=50 thousand_web_searches=10 batch_percent=50"},
    {"claude-sonnet-5-5", "input=2 cached_input=0.1 cache_write=2.5 cache_write_1h=4 output=10 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-sonnet-5", "input=2 cached_input=0.2 cache_write=2.5 cache_write_1h=4 output=10 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-sonnet-4-6 claude-sonnet-4-5 claude-sonnet-4 claude-sonnet-4-0 claude-3-7-sonnet "
     "claude-3-7-sonnet-latest claude-3-5-sonnet claude-3-5-sonnet-latest",
     "input=3 cached_input=0.3 cache_write=3.75 cache_write_1h=6 output=15 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-haiku-5-5", "input=0.1 cached_input=0.01 cache_write=0.125 cache_write_1h=0.2 "
     "output=0.5 long_context.above=100000 long_context.input=0.5 long_context.cached_input=0.05 "
     "long_context.cache_write=0.625 long_context.cache_write_1h=1 long_context.output=2.5 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-haiku-4-5", "input=1 cached_input=0.1 cache_write=1.25 cache_write_1h=2 output=5 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-opus-4-1 claude-opus-4 claude-opus-4-0 claude-3-opus claude-3-opus-latest",
     "input=15 cached_input=1.5 cache_write=18.75 cache_write_1h=30 output=75 "
     "thousand_web_searches=10 batch_percent=50"},
    {"claude-3-5-haiku claude-3-5-haiku-latest", "input=0.8 cached_input=0.08 cache_write=1 "
     "cache_write_1h=1.6 output=4 thousand_web_searches=10 batch_percent=50"},
    {"claude-3-haiku", "input=0.25 cached_input=0.03 cache_write=0.3 cache_write_1h=0.5 "
     "output=1.25 batch_percent=50"},

    // Google
    {"gemini-4-argon", "input=2 cached_input=0.1 output=10 thousand_web_searches=14 "
     "batch_percent=50"},
    {"gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-flash-latest",
     "input=0.75 cached_input=0.075 output=3.75 thousand_web_searches=14 batch_percent=50"},
    {"gemini-3.5-flash", "input=1.5 cached_input=0.15 output=9 thousand_web_searches=14 "
     "batch_percent=50"},
    {"gemini-3.5-flash-lite gemini-flash-lite-latest",
     "input=0.3 cached_input=0.03 output=2.5 thousand_web_searches=14 batch_percent=50"},
    {"gemini-3.1-flash-lite", "input=0.25 cached_input=0.025 audio_input=0.5 output=1.5 "
     "thousand_web_searches=14 batch_percent=50"},
    {"gemini-3.1-pro-preview gemini-3-pro-preview gemini-pro-latest",
     "input=2 cached_input=0.2 output=12 long_context.above=200000 long_context.input=4 "
     "long_context.cached_input=0.4 long_context.output=18 thousand_web_searches=14 "
     "batch_percent=50"},
    {"gemini-3-flash-preview", "input=0.5 cached_input=0.05 audio_input=1 output=3 "
     "thousand_web_searches=14 batch_percent=50"},
    {"gemini-2.5-pro", "input=1.25 cached_input=0.125 output=10 long_context.above=200000 "
     "long_context.input=2.5 long_context.cached_input=0.25 long_context.output=15 "
     "thousand_web_searches=35 batch_percent=50"},
    {"gemini-2.5-flash", "input=0.3 cached_input=0.03 audio_input=1 output=2.5 "
     "thousand_web_searches=35 batch_percent=50"},
    {"gemini-2.5-flash-lite", "input=0.1 cached_input=0.01 audio_input=0.3 output=0.4 "
     "thousand_web_searches=35 batch_percent=50"},
    {"gemini-2.0-flash gemini-2.0-flash-001",
     "input=0.1 cached_input=0.025 audio_input=0.7 output=0.4 batch_percent=50"},
    {"gemini-2.0-flash-lite", "input=0.075 output=0.3 batch_percent=50"},
    {"gemini-1.5-pro", "input=1.25 cached_input=0.3125 output=5 long_context.above=128000 "
     "long_context.input=2.5 long_context.cached_input=0.625 long_context.output=10 "
     "batch_percent=50"},
    {"gemini-1.5-flash", "input=0.075 cached_input=0.01875 output=0.3 long_context.above=128000 "
     "long_context.input=0.15 long_context.cached_input=0.0375 long_context.output=0.6 "
     "batch_percent=50"},
    {"gemini-1.5-flash-8b", "input=0.0375 cached_input=0.01 output=0.15 "
     "long_context.above=128000 long_context.input=0.075 long_context.cached_input=0.02 "
     "long_context.output=0.3 batch_percent=50"},
    {"gemini-embedding-001", "input=0.15 batch_percent=50"},
    {"gemini-embedding-2", "input=0.2 audio_input=6.5 batch_percent=50"},

    // Mistral
    {"mistral-large-4", "input=1.36 cached_input=0.14 output=4.18 batch_percent=50"},
    {"mistral-large-latest mistral-large-3 mistral-large-2512",
     "input=0.5 cached_input=0.05 output=1.5 batch_percent=50"},
    {"mistral-large-2411 pixtral-large-latest", "input=2 cached_input=0.2 output=6 "
     "batch_percent=50"},
    {"mistral-medium-latest mistral-medium mistral-medium-3.5 mistral-medium-2604 "
     "magistral-medium-latest", "input=1.5 cached_input=0.15 output=7.5 batch_percent=50"},
    {"mistral-small-latest mistral-small-2603 magistral-small-latest",
     "input=0.15 cached_input=0.015 output=0.6 batch_percent=50"},
    {"ministral-14b-latest ministral-14b-2512", "input=0.2 cached_input=0.02 output=0.2 "
     "batch_percent=50"},
    {"ministral-8b-latest ministral-8b-2512", "input=0.15 cached_input=0.015 output=0.15 "
     "batch_percent=50"},
    {"ministral-3b-latest ministral-3b-2512", "input=0.1 cached_input=0.01 output=0.1 "
     "batch_percent=50"},
    {"codestral-latest codestral-2508", "input=0.3 cached_input=0.03 output=0.9 batch_percent=50"},
    {"devstral-latest devstral-medium-latest", "input=0.4 cached_input=0.04 output=2 "
     "batch_percent=50"},
    {"devstral-small-latest", "input=0.1 cached_input=0.01 output=0.3 batch_percent=50"},
    {"voxtral-small-latest", "input=0.1 cached_input=0.01 output=0.4"},
    {"voxtral-mini-latest voxtral-mini-2602", "second=0.00005"},
    {"mistral-embed", "input=0.1 batch_percent=50"},
    {"codestral-embed", "input=0.15 cached_input=0.015 batch_percent=50"},

    // Cohere. Rerank 3 and 4 bill searches (a query over up to 100 documents), 5 bills tokens.
    {"command-a-03-2025 command-r-plus-08-2024 command-r-plus", "input=2.5 output=10"},
    {"command-r-08-2024 command-r", "input=0.15 output=0.6"},
    {"command-r7b-12-2024", "input=0.0375 output=0.15"},
    {"embed-v5.0-pro embed-v4.0", "input=0.12"},
    {"embed-v5.0-fast", "input=0.08"},
    {"embed-english-v3.0 embed-english-light-v3.0 embed-multilingual-v3.0 "
     "embed-multilingual-light-v3.0", "input=0.1"},
    {"rerank-v5.0-pro", "input=0.05"},
    {"rerank-v5.0-fast", "input=0.02"},
    {"rerank-v4.0-pro", "thousand_rows=2.5"},
    {"rerank-v4.0-fast rerank-v3.5 rerank-english-v3.0 rerank-multilingual-v3.0",
     "thousand_rows=2"},

    // DeepSeek
    {"deepseek-v4-pro", "input=1.32 cached_input=0.044 output=3.96"},
    {"deepseek-v4-flash deepseek-flash", "input=0.3 cached_input=0.006 output=1.2"},
    {"deepseek-chat deepseek-reasoner", "input=0.28 cached_input=0.028 output=0.42"},

    // Voyage
    {"voyage-4-large voyage-code-4 voyage-context-4 voyage-multimodal-3.5", "input=0.12"},
    {"voyage-4 voyage-3.5 voyage-3", "input=0.06"},
    {"voyage-4-lite voyage-3.5-lite voyage-3-lite", "input=0.02"},
    {"voyage-3-large voyage-code-3 voyage-context-3", "input=0.18"},
    {"voyage-multimodal-3 voyage-finance-2 voyage-law-2 voyage-multilingual-2", "input=0.12"},
    {"rerank-3 rerank-2.5 rerank-2", "input=0.05"},
    {"rerank-3-lite rerank-2.5-lite rerank-2-lite", "input=0.02"},

    // xAI
    {"grok-4.7 grok-4.6", "input=2 cached_input=0.5 output=6 long_context.above=200000 "
     "long_context.input=4 long_context.cached_input=1 long_context.output=12"},
    {"grok-4.5", "input=2 cached_input=0.3 output=6 long_context.above=200000 "
     "long_context.input=4 long_context.cached_input=0.6 long_context.output=12"},
    {"grok-4.3 grok-4.20", "input=1.25 cached_input=0.2 output=2.5 long_context.above=200000 "
     "long_context.input=2.5 long_context.cached_input=0.4 long_context.output=5"},
});
// clang-format on

}  // namespace

std::span<const BuiltinPrice> builtin_price_lines() {
  return kLines;
}

}  // namespace tandem::cost
