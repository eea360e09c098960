// An embedding model inside the process, loaded by the first call.
#pragma once

#include <string>

#include "engines/embedder.h"
#include "gateway/target.h"
#include "gateway/targets/lazy_model.h"

namespace tandem::gateway {

class EmbeddingTarget final : public Target {
 public:
  // `folder` holds model.onnx and vocab.txt. `runtime` and `loaders` outlive this.
  EmbeddingTarget(std::string provider, std::string model, std::string folder,
                  engines::EmbedderOptions options, engines::onnx::Runtime& runtime, Pool& loaders);

  bool accepts(CallKind kind) const override { return kind == CallKind::Embedding; }
  cost::Placement placement() const override { return cost::Placement::Local; }
  int64_t count_input_tokens(const Call& call) const override;
  Task<Result<void>> prepare(AttemptContext& attempt) override { return model_.prepare(attempt); }
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  LazyModel<engines::Embedder> model_;
};

}  // namespace tandem::gateway
