// An embedding model inside the process. It is loaded by the first call, so that a server that
// nobody asks for embeddings stays small.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/async/pool.h"
#include "engines/embedder.h"
#include "gateway/target.h"

namespace tandem::gateway {

class EmbeddingTarget final : public Target {
 public:
  // `folder` holds model.onnx and vocab.txt. `runtime` and `loaders` outlive this.
  EmbeddingTarget(std::string provider, std::string model, std::string folder,
                  engines::EmbedderOptions options, engines::onnx::Runtime& runtime, Pool& loaders);
  ~EmbeddingTarget() override;

  bool accepts(CallKind kind) const override { return kind == CallKind::Embedding; }
  cost::Placement placement() const override { return cost::Placement::Local; }
  int64_t count_input_tokens(const Call& call) const override;
  Task<Result<void>> prepare(AttemptContext& attempt) override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  Result<void> load();

  const std::string folder_;
  const engines::EmbedderOptions options_;
  engines::onnx::Runtime& runtime_;
  Pool& loaders_;
  std::mutex loading_;
  std::unique_ptr<engines::Embedder> embedder_;
  std::atomic<engines::Embedder*> ready_{nullptr};  // set once, to embedder_
};

}  // namespace tandem::gateway
