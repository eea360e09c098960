// One text through the default embedding model, by length and by what the arena does between runs.
#include <benchmark/benchmark.h>

#include "engines/bert_inputs.h"
#include "engines/onnx/testing.h"

namespace tandem::engines {
namespace {

void embed_tokens(benchmark::State& state) {
  static onnx::Runtime runtime(testing::runtime_options());
  const std::string folder = testing::cache_path("models/bge-small-en-v1.5-int8");
  const auto session =
      *onnx::Session::load_file(runtime, folder + "/model.onnx",
                                {.name = "bge", .arena = static_cast<onnx::Arena>(state.range(1))});
  Encoding encoding;
  encoding.ids.assign(static_cast<size_t>(state.range(0)), 2000);
  encoding.type_ids.assign(encoding.ids.size(), 0);
  for (auto _ : state) {
    const auto result = session->run(bert_inputs(encoding, true));
    benchmark::DoNotOptimize(result->outputs.data());
  }
}
BENCHMARK(embed_tokens)
    ->ArgsProduct({{8, 64, 512}, {0, 1, 2}})
    ->ArgNames({"tokens", "arena"})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem::engines
