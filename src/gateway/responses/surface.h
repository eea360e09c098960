// The Responses surface: POST /v1/responses. What serves a call is made for it, with what stored
// responses put in front of its input, and keeps the answer. See ../surface.h.
#pragma once

#include <string>

#include "gateway/path_services.h"
#include "gateway/responses/service.h"
#include "gateway/surface.h"

namespace tandem::gateway::responses {

class ResponsesSurface final : public Surface, AnswerKeeper {
 public:
  // For the proof of the guard only.
  ResponsesSurface() = default;
  // For one call, whose body this is; it outlives the call.
  ResponsesSurface(const ResponseStore& store, const RequestContext& context, std::string body);

  // Loads what the body refers to. Once, before read().
  Task<void> load();

  Result<Call> read(net::Exchange& exchange) const override;
  const messages::Dialect* dialect() const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  std::unique_ptr<AnswerStream> open_stream(StreamOptions options, OutputGate* gate) const override;
  std::string stream_error(const Error& error, std::string_view trace_id,
                           std::string_view request_id, int64_t events) const override;
  void admitted(Call& call, const EndpointConfig& endpoint) const override;
  const AnswerKeeper* keeper() const override { return store_ ? this : nullptr; }
  Result<Call> probe(std::string_view text) const override;

 private:
  Task<void> keep(const Call& call, std::string& answer) const override;

  const ResponseStore* store_ = nullptr;
  const RequestContext* context_ = nullptr;
  std::string body_;
  Links links_;
  Result<Context> loaded_ = Context();
};

// The handler of the route.
Task<Result<void>> answer(const PathServices& services, const ResponseStore& store,
                          net::Exchange& exchange);

}  // namespace tandem::gateway::responses
