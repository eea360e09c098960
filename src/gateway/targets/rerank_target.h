// A cross-encoder inside the process. It is loaded by the first call, so that a server that nobody
// asks to rerank stays small.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/async/pool.h"
#include "engines/reranker.h"
#include "gateway/target.h"

namespace tandem::gateway {

class RerankTarget final : public Target {
 public:
  // `folder` holds model.onnx and a tokenizer. `runtime` and `loaders` outlive this.
  RerankTarget(std::string provider, std::string model, std::string folder,
               engines::RerankerOptions options, engines::onnx::Runtime& runtime, Pool& loaders);
  ~RerankTarget() override;

  bool accepts(CallKind kind) const override { return kind == CallKind::Rerank; }
  cost::Placement placement() const override { return cost::Placement::Local; }
  int64_t count_input_tokens(const Call& call) const override;
  Task<Result<void>> prepare(AttemptContext& attempt) override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  Result<void> load();
  Task<Result<engines::Ranking>> rank(const Call& call, AttemptContext& attempt);

  const std::string folder_;
  const engines::RerankerOptions options_;
  engines::onnx::Runtime& runtime_;
  Pool& loaders_;
  std::mutex loading_;
  std::unique_ptr<engines::Reranker> reranker_;
  std::atomic<engines::Reranker*> ready_{nullptr};  // set once, to reranker_
};

}  // namespace tandem::gateway
