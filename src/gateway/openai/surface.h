// The OpenAI surface: chat completions, completions and embeddings. See ../surface.h.
#pragma once

#include "gateway/surface.h"

namespace tandem::gateway::openai {

class OpenAiSurface final : public Surface {
 public:
  explicit OpenAiSurface(CallKind kind) : kind_(kind) {}
  Result<Call> read(net::Exchange& exchange) const override;
  const messages::Dialect* dialect() const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  std::unique_ptr<AnswerStream> open_stream(StreamOptions options, OutputGate* gate) const override;
  Result<Call> probe(std::string_view text) const override;

 private:
  CallKind kind_;
};

}  // namespace tandem::gateway::openai
