// A generative or embedding model in a supervised llama-server child. The child is started by the
// first call and speaks the OpenAI dialect.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engines/llama/llama_server.h"
#include "gateway/providers/provider_api.h"
#include "gateway/target.h"

namespace tandem::gateway {

class LlamaTarget final : public Target {
 public:
  // `server` may be shared by several targets.
  LlamaTarget(std::string provider, std::string model, std::shared_ptr<engines::LlamaServer> server)
      : Target(std::move(provider), std::move(model)), server_(std::move(server)) {}

  bool accepts(CallKind kind) const override {
    return kind == CallKind::Chat || kind == CallKind::Completion || kind == CallKind::Embedding;
  }
  const messages::Dialect* dialect(const messages::Dialect* asked) const override;
  cost::Placement placement() const override { return cost::Placement::Local; }
  Task<Result<void>> prepare(AttemptContext& attempt) override;
  // Input tokens of `call` as the child counts them, its chat template and tools included: one
  // request, which needs no slot and runs no model. nullopt where it could not be asked. Starts the
  // child where it does not run.
  Task<std::optional<int64_t>> ask_input_tokens(const Call& call, AttemptContext& attempt) override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  ApiCall api_call(const Call& call, const AttemptContext& attempt) const;
  std::vector<std::string> questions(const Call& call, AttemptContext& attempt) const;

  std::shared_ptr<engines::LlamaServer> server_;
};

}  // namespace tandem::gateway
