// A predictive model inside the process: an ONNX file under ONNX Runtime.
#pragma once

#include <memory>
#include <string>

#include "engines/predictor.h"
#include "gateway/target.h"

namespace tandem::gateway {

class PredictTarget final : public Target {
 public:
  PredictTarget(std::string provider, std::string model,
                std::unique_ptr<engines::Predictor> predictor)
      : Target(std::move(provider), std::move(model)), predictor_(std::move(predictor)) {}

  bool accepts(CallKind kind) const override { return kind == CallKind::Predict; }
  cost::Placement placement() const override { return cost::Placement::Local; }
  const engines::ModelMetadata* model_metadata() const override { return &predictor_->metadata(); }
  int64_t count_input_tokens(const Call&) const override { return 0; }
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  std::unique_ptr<engines::Predictor> predictor_;
};

}  // namespace tandem::gateway
