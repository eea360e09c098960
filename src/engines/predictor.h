// A predictive model that can be called: an ONNX file, its metadata for the Open Inference
// Protocol, and predict(). Held by shared_ptr: each call keeps one, so that unloading (dropping the
// others) waits for no call and breaks none. Destroyed before the io contexts. predict() on any io
// thread.
//   TRY(auto predictor, Predictor::load_file(runtime, "fraud", path, {}));
//   CO_TRY(auto prediction, co_await predictor->predict(context, tensors, {}));
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "engines/onnx/runner.h"
#include "engines/tensor.h"

namespace tandem {
struct RequestContext;
}

namespace tandem::engines {

struct PredictorOptions {
  onnx::RunnerOptions runner;
  int intra_op_threads = 1;
  onnx::Arena arena = onnx::Arena::Keep;
};

// What OIP's model metadata say, less the versions, which the registry knows.
struct ModelMetadata {
  std::string name;
  std::string platform;  // "onnxruntime_onnx", as Triton calls it
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

struct Prediction {
  std::vector<Tensor> outputs;
  int64_t cpu_us = 0;  // of the model's run, rounded up
  int64_t rows = 0;    // the first dimension of the first input; 1 where it has none
};

class Predictor {
 public:
  // Blocking (file, compilation of the graph, warm-up): on a pool thread, not an io thread.
  static Result<std::unique_ptr<Predictor>> load_file(onnx::Runtime& runtime, std::string name,
                                                      const std::string& path,
                                                      PredictorOptions options);
  static Result<std::unique_ptr<Predictor>> load_bytes(onnx::Runtime& runtime, std::string name,
                                                       std::span<const uint8_t> model,
                                                       PredictorOptions options);

  const ModelMetadata& metadata() const { return metadata_; }

  // `inputs` live until it returns. `wanted`: names of outputs; none: all, in the model's order.
  Task<Result<Prediction>> predict(RequestContext& context, const std::vector<Tensor>& inputs,
                                   std::vector<std::string> wanted);

 private:
  Predictor(std::unique_ptr<onnx::Session> session, const PredictorOptions& options);

  ModelMetadata metadata_;
  onnx::Runner runner_;
};

}  // namespace tandem::engines
