// What Session::run and Predictor::predict add to a bare OrtRun of a small tree model.
#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>

#include "base/async/scope.h"
#include "base/context.h"
#include "engines/onnx/api_internal.h"
#include "engines/onnx/testing.h"
#include "engines/predictor.h"

namespace tandem::engines {
namespace {

onnx::Runtime& runtime() {
  static onnx::Runtime shared(testing::runtime_options());
  return shared;
}

const std::string kModel = testing::data_path("urgency_regressor.onnx");

Tensor rows(int64_t count) {
  Tensor x{"X", DataType::Fp32, {count, 8}, {}, {}};
  std::vector<float> values(static_cast<size_t>(count * 8));
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.1f * static_cast<float>(i % 17) - 0.8f;
  set_values<float>(x, std::span<const float>(values));
  return x;
}

// The least that the C API can do: inputs ready, nothing copied or measured.
void raw_ort_run(benchmark::State& state) {
  const auto library = *runtime().library();
  const OrtApi& api = *library->api;
  OrtSessionOptions* options = nullptr;
  onnx::take_problem(api, api.CreateSessionOptions(&options));
  onnx::take_problem(api, api.SetIntraOpNumThreads(options, 1));
  OrtSession* session = nullptr;
  onnx::take_problem(api, api.CreateSession(library->env, kModel.c_str(), options, &session));
  OrtMemoryInfo* memory = nullptr;
  onnx::take_problem(api, api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory));
  Tensor x = rows(state.range(0));
  OrtValue* input = nullptr;
  onnx::take_problem(api, api.CreateTensorWithDataAsOrtValue(
                              memory, x.bytes.data(), x.bytes.size(), x.shape.data(), 2,
                              ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &input));
  const char* input_name = "X";
  const char* output_name = "variable";
  for (auto _ : state) {
    OrtValue* output = nullptr;
    onnx::take_problem(api,
                       api.Run(session, nullptr, &input_name, &input, 1, &output_name, 1, &output));
    api.ReleaseValue(output);
  }
  api.ReleaseValue(input);
  api.ReleaseMemoryInfo(memory);
  api.ReleaseSession(session);
  api.ReleaseSessionOptions(options);
}
BENCHMARK(raw_ort_run)->Arg(1)->Arg(100);

void session_run(benchmark::State& state) {
  const auto session = *onnx::Session::load_file(
      runtime(), kModel, {.name = "m", .arena = static_cast<onnx::Arena>(state.range(1))});
  const Tensor x = rows(state.range(0));
  for (auto _ : state) {
    const auto result = session->run({&x, 1});
    benchmark::DoNotOptimize(result->outputs.data());
  }
}
BENCHMARK(session_run)->ArgsProduct({{1, 100}, {0, 1, 2}})->ArgNames({"rows", "arena"});

Task<void> predict_many(Predictor& predictor, RequestContext& context, const Tensor& x,
                        benchmark::State& state) {
  for (auto _ : state) {
    std::vector<Tensor> inputs{x};
    auto prediction = co_await predictor.predict(context, std::move(inputs), {});
    benchmark::DoNotOptimize(prediction->outputs.data());
  }
}

// inline_us 0: every run hops to the owner thread and back.
void predictor_predict(benchmark::State& state) {
  PredictorOptions options;
  options.runner.inline_below_us = state.range(1);
  const auto predictor = *Predictor::load_file(runtime(), "m", kModel, options);
  const Tensor x = rows(state.range(0));
  IoContext io(1);
  Scope scope(io);
  RequestContext context;
  scope.spawn(predict_many(*predictor, context, x, state));
  io.run();
}
BENCHMARK(predictor_predict)
    ->ArgsProduct({{1, 100}, {0, 200}})
    ->ArgNames({"rows", "inline_us"})
    ->UseRealTime();

}  // namespace
}  // namespace tandem::engines
