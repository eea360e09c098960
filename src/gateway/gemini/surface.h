// The Gemini surface: POST /v1beta/models/{model}:generateContent, :streamGenerateContent and
// :countTokens. The model of the path names the endpoint. A stream is one of server-sent events
// with ?alt=sse, else the elements of one JSON list. See ../surface.h.
#pragma once

#include "gateway/gemini/request.h"
#include "gateway/surface.h"

namespace tandem::gateway::gemini {

class GeminiSurface final : public Surface {
 public:
  enum class Answers : uint8_t { Whole, Stream };
  explicit GeminiSurface(Method method, Answers answers = Answers::Whole)
      : method_(method), answers_(answers) {}

  Result<Call> read(net::Exchange& exchange) const override;
  const messages::Dialect* dialect() const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  std::unique_ptr<AnswerStream> open_stream(StreamOptions options, OutputGate* gate) const override;
  std::string stream_error(const Error& error, std::string_view trace_id,
                           std::string_view request_id, int64_t events) const override;
  std::string_view stream_type(const Call& call) const override;
  void frame(const Call& call, bool first, bool last, std::string& events) const override;
  Result<Call> probe(std::string_view text) const override;

 private:
  Method method_;
  Answers answers_;
};

// Server-sent events as elements of a JSON list: its beginning, its middle or its end.
std::string list_elements(std::string_view events, bool first, bool last);

}  // namespace tandem::gateway::gemini
