// A cross-encoder inside the process, loaded by the first call.
#pragma once

#include <string>

#include "engines/reranker.h"
#include "gateway/target.h"
#include "gateway/targets/lazy_model.h"

namespace tandem::gateway {

class RerankTarget final : public Target {
 public:
  // `folder` holds model.onnx and a tokenizer. `runtime` and `loaders` outlive this.
  RerankTarget(std::string provider, std::string model, std::string folder,
               engines::RerankerOptions options, engines::onnx::Runtime& runtime, Pool& loaders);

  bool accepts(CallKind kind) const override { return kind == CallKind::Rerank; }
  cost::Placement placement() const override { return cost::Placement::Local; }
  int64_t count_input_tokens(const Call& call) const override;
  Task<Result<void>> prepare(AttemptContext& attempt) override { return model_.prepare(attempt); }
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  Task<Result<engines::Ranking>> rank(const Call& call, AttemptContext& attempt);

  const size_t max_tokens_;
  LazyModel<engines::Reranker> model_;
};

}  // namespace tandem::gateway
