// The Anthropic surface: POST /v1/messages. See ../surface.h.
#pragma once

#include "gateway/surface.h"

namespace tandem::gateway::anthropic {

class AnthropicSurface final : public Surface {
 public:
  Result<Call> read(net::Exchange& exchange) const override;
  const messages::Dialect* dialect() const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  std::unique_ptr<AnswerStream> open_stream(StreamOptions options, OutputGate* gate) const override;
  std::string stream_error(const Error& error, std::string_view trace_id,
                           std::string_view request_id, int64_t events) const override;
  Result<Call> probe(std::string_view text) const override;
};

}  // namespace tandem::gateway::anthropic
