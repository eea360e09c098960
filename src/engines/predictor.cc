#include "engines/predictor.h"

namespace tandem::engines {
namespace {

onnx::SessionOptions session_options(std::string name, const PredictorOptions& options) {
  return {.name = std::move(name),
          .intra_op_threads = options.intra_op_threads,
          .arena = options.arena,
          .warm_up = true};
}

ModelMetadata metadata_of(const onnx::Session& session) {
  return {session.name(),
          "onnxruntime_onnx",
          {session.inputs().begin(), session.inputs().end()},
          {session.outputs().begin(), session.outputs().end()}};
}

int64_t rows_of(const std::vector<Tensor>& inputs) {
  if (inputs.empty() || inputs.front().shape.empty()) return 1;
  return inputs.front().shape.front();
}

}  // namespace

Predictor::Predictor(std::unique_ptr<onnx::Session> session, const PredictorOptions& options)
    : metadata_(metadata_of(*session)), runner_(std::move(session), options.runner) {}

Result<std::unique_ptr<Predictor>> Predictor::load_file(onnx::Runtime& runtime, std::string name,
                                                        const std::string& path,
                                                        PredictorOptions options) {
  TRY(auto session,
      onnx::Session::load_file(runtime, path, session_options(std::move(name), options)));
  return std::unique_ptr<Predictor>(new Predictor(std::move(session), options));
}

Result<std::unique_ptr<Predictor>> Predictor::load_bytes(onnx::Runtime& runtime, std::string name,
                                                         std::span<const uint8_t> model,
                                                         PredictorOptions options) {
  TRY(auto session,
      onnx::Session::load_bytes(runtime, model, session_options(std::move(name), options)));
  return std::unique_ptr<Predictor>(new Predictor(std::move(session), options));
}

Task<Result<Prediction>> Predictor::predict(RequestContext& context,
                                            const std::vector<Tensor>& inputs,
                                            std::vector<std::string> wanted) {
  Prediction prediction;
  prediction.rows = rows_of(inputs);
  CO_TRY(auto result, co_await runner_.run(context, inputs, std::move(wanted)));
  prediction.outputs = std::move(result.outputs);
  prediction.cpu_us = (result.cpu_ns + 999) / 1000;
  co_return prediction;
}

}  // namespace tandem::engines
