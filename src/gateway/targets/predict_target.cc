#include "gateway/targets/predict_target.h"

namespace tandem::gateway {

Task<AttemptResult> PredictTarget::attempt(const Call& call, AttemptContext& attempt, StreamSink&) {
  AttemptResult result;
  auto prediction =
      co_await predictor_->predict(attempt.context, call.infer.inputs, call.infer.wanted());
  if (!prediction) {
    result.error = std::move(prediction).error();
    result.failure = classify(result.error);
    co_return result;
  }
  result.tensors = std::move(prediction->outputs);
  result.resources.cpu_us = prediction->cpu_us;
  result.usage.emplace();
  result.usage->rows = prediction->rows;
  result.usage->reported = true;
  co_return result;
}

}  // namespace tandem::gateway
