// The surface of one operation of OpenAI's API that is no chat: rerank, moderations, images,
// speech, transcription. See operation.h and ../surface.h.
#pragma once

#include "gateway/openai/operation.h"
#include "gateway/surface.h"

namespace tandem::gateway::openai {

class OperationSurface final : public Surface {
 public:
  // `operation` outlives it.
  explicit OperationSurface(const Operation& operation) : operation_(operation) {}
  const Operation& operation() const { return operation_; }

  Result<Call> read(net::Exchange& exchange) const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  void expect(const Call& call, cost::Usage& estimate) const override {
    add_expected(call, estimate);
  }
  Result<Call> probe(std::string_view text) const override;

 private:
  Result<Rendered> render_json(const Call& call, AttemptResult& result, const std::string& endpoint,
                               OutputGate* gate) const;
  Result<Rendered> render_text(const Call& call, AttemptResult& result, OutputGate* gate) const;

  const Operation& operation_;
};

}  // namespace tandem::gateway::openai
