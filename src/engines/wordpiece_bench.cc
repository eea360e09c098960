// Tokens and bytes per second; the peer is Hugging Face's `tokenizers` (bench/README.md).
#include <benchmark/benchmark.h>

#include "engines/onnx/testing.h"
#include "engines/wordpiece.h"

namespace tandem::engines {
namespace {

const Tokenizer& bge() {
  static const auto tokenizer =
      *Tokenizer::load(testing::cache_path("models/bge-small-en-v1.5-int8/vocab.txt"));
  return *tokenizer;
}

const std::string kEnglish =
    "The printer on the third floor prints every page twice, and nobody knows why. I re-installed "
    "the driver (build 22631.3155), but it's still \"not responding\". Could you please send "
    "someone over before Monday, or tell me how to reset it? Many thanks, Jane O'Neil. ";
const std::string kGerman =
    "Der Drucker im dritten Stock druckt jede Seite zweimal, und niemand weiß, warum. Könnten Sie "
    "bitte jemanden schicken? Schöne Grüße aus Zürich, Jürgen Müller. ";
const std::string kChinese =
    "\xE4\xBB\x8A\xE5\xA4\xA9\xE6\x89\x93\xE5\x8D\xB0\xE6\x9C\xBA\xE5\x9D\x8F\xE4\xBA\x86\xE3\x80"
    "\x82";

void encode(benchmark::State& state, const std::string& text, int64_t times) {
  std::string input;
  for (int64_t i = 0; i < times; ++i) input += text;
  size_t tokens = 0;
  for (auto _ : state) {
    const Encoding encoding = bge().encode(input, SIZE_MAX);
    benchmark::DoNotOptimize(encoding.ids.data());
    tokens = encoding.tokens;
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * input.size()));
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(encode, english_270_bytes, kEnglish, 1);
BENCHMARK_CAPTURE(encode, english_27_kb, kEnglish, 100);
BENCHMARK_CAPTURE(encode, german_17_kb, kGerman, 100);
BENCHMARK_CAPTURE(encode, chinese_3_kb, kChinese, 100);

}  // namespace
}  // namespace tandem::engines
