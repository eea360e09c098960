// Parsing and rendering of inference requests: one row, and a batch of 1,000 × 30.
#include <benchmark/benchmark.h>

#include "engines/oip/request.h"
#include "engines/oip/response.h"

namespace tandem::engines::oip {
namespace {

const ModelMetadata kModel{"m", "", {{"x", DataType::Fp32, {-1, 30}, {}}}, {}};

std::string json_request(int64_t rows) {
  std::string body = R"({"inputs":[{"name":"x","shape":[)" + std::to_string(rows) +
                     R"(,30],"datatype":"FP32","data":[)";
  for (int64_t i = 0; i < rows * 30; ++i) {
    if (i) body += ',';
    body += std::to_string(0.001 * static_cast<double>(i % 1999));
  }
  return body + "]}]}";
}

void parse_json(benchmark::State& state) {
  const std::string body = json_request(state.range(0));
  for (auto _ : state) {
    const auto request = parse_infer_request(body, std::nullopt, kModel);
    benchmark::DoNotOptimize(request->inputs.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(parse_json)->Arg(1)->Arg(1000);

void parse_binary(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0)) * 30 * 4;
  const std::string json = R"({"inputs":[{"name":"x","shape":[)" + std::to_string(state.range(0)) +
                           R"(,30],"datatype":"FP32","parameters":{"binary_data_size":)" +
                           std::to_string(bytes) +
                           R"(}}],"parameters":{"binary_data_output":true}})";
  const std::string body = json + std::string(bytes, '\0');
  const std::string header = std::to_string(json.size());
  for (auto _ : state) {
    const auto request = parse_infer_request(body, header, kModel);
    benchmark::DoNotOptimize(request->inputs.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(parse_binary)->Arg(1)->Arg(1000);

void render(benchmark::State& state) {
  InferRequest request;
  request.binary_by_default = state.range(1) != 0;
  InferResponse response{"m", "1", "", {}};
  Tensor scores{"scores", DataType::Fp32, {state.range(0), 3}, {}, {}};
  std::vector<float> values(static_cast<size_t>(state.range(0) * 3), 0.3331f);
  set_values<float>(scores, std::span<const float>(values));
  response.outputs.push_back(std::move(scores));
  for (auto _ : state) {
    const Rendered out = render_infer_response(request, response);
    benchmark::DoNotOptimize(out.body.data());
  }
}
BENCHMARK(render)->ArgsProduct({{1, 1000}, {0, 1}})->ArgNames({"rows", "binary"});

}  // namespace
}  // namespace tandem::engines::oip
