#include "gateway/gemini/surface.h"

#include "base/error/surface.h"
#include "base/json/writer.h"
#include "base/text/encode.h"
#include "gateway/gemini/dialect.h"
#include "gateway/gemini/passed_answer.h"
#include "gateway/gemini/stream_filter.h"
#include "gateway/token_estimate.h"

namespace tandem::gateway::gemini {
namespace {

// What the trace shows of an answer, and the estimate where no usage came. Moves the texts out.
void describe_output(PassedAnswer& answer, Rendered& rendered) {
  std::map<int64_t, trace::Message> messages;
  for (const int64_t candidate : answer.candidates) messages[candidate].role = "assistant";
  for (PassedText& piece : answer.texts) {
    if (piece.channel.field == Channel::Field::Other) continue;
    if (!rendered.usage) rendered.estimated_output_tokens += estimate_tokens(piece.text);
    trace::Part part;
    if (piece.channel.field == Channel::Field::Reasoning) part.type = trace::PartType::Reasoning;
    part.content = std::move(piece.text);
    messages[piece.channel.choice].parts.push_back(std::move(part));
  }
  for (PassedCall& call : answer.calls) {
    if (!rendered.usage) rendered.estimated_output_tokens += estimate_tokens(call.arguments);
    trace::Part part;
    part.type = trace::PartType::ToolCall;
    part.value.text = std::move(call.arguments);
    messages[call.candidate].parts.push_back(std::move(part));
  }
  for (const PassedEnd& end : answer.ends) messages[end.candidate].finish_reason = end.reason;
  for (auto& [candidate, message] : messages) {
    rendered.output_messages.push_back(std::move(message));
  }
}

}  // namespace

Result<Call> GeminiSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  const uint64_t wire_bytes = request.wire_body_bytes();
  TRY(Call call, read_request(method_, request.take_body()));
  call.endpoint = model_name(request.path_param("model"));
  call.bytes_in = wire_bytes;
  call.stream = answers_ == Answers::Stream;
  call.stream_as_list = call.stream && request.query_param("alt").value_or("json") != "sse";
  call.wants_cost = text::equal_ignoring_case(request.header("x-tandem-include-cost"), "true");
  call.session_id = request.header("x-session-id");
  return call;
}

const messages::Dialect* GeminiSurface::dialect() const {
  return &gemini::dialect();
}

Result<Rendered> GeminiSurface::render(const Call&, AttemptResult& result,
                                       const std::string& endpoint, OutputGate* gate) const {
  TRY(PassedAnswer answer, read_passed_answer(result.body));
  if (answer.candidates.empty()) {
    return fail(Code::UpstreamError, "The provider's answer holds no candidates.");
  }
  result.usage = answer.usage;
  Rendered rendered;
  rendered.usage = answer.usage;
  rendered.response_model = answer.model;
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, json::quoted(endpoint));
  for (PassedText& piece : answer.texts) {
    if (!gate) break;
    auto changed = gate->whole(piece.text);
    if (gate->blocked()) return fail(*gate->blocked());
    if (!changed) continue;
    edits.replace(piece.token, json::quoted(*changed));
    piece.text = *std::move(changed);
  }
  describe_output(answer, rendered);
  rendered.body = edits.empty() ? std::move(result.body) : edits.apply(result.body);
  return rendered;
}

std::unique_ptr<AnswerStream> GeminiSurface::open_stream(StreamOptions options,
                                                         OutputGate* gate) const {
  return std::make_unique<StreamFilter>(std::move(options), gate);
}

std::string GeminiSurface::stream_error(const Error& error, std::string_view trace_id,
                                        std::string_view request_id, int64_t) const {
  return "data: " + error_body(tandem::Surface::Google, error, trace_id, request_id) + "\n\n";
}

std::string_view GeminiSurface::stream_type(const Call& call) const {
  return call.stream_as_list ? "application/json; charset=utf-8" : Surface::stream_type(call);
}

void GeminiSurface::frame(const Call& call, bool first, bool last, std::string& events) const {
  if (call.stream_as_list) events = list_elements(events, first, last);
}

Result<Call> GeminiSurface::probe(std::string_view text) const {
  return read_request(method_, R"({"contents":[{"parts":[{"text":)" + json::quoted(text) + "}]}]}");
}

std::string list_elements(std::string_view events, bool first, bool last) {
  constexpr std::string_view kData = "data: ";
  std::string out;
  out.reserve(events.size() + 4);
  bool inside = false;  // of an event: a further line of data belongs to the same element
  for (size_t at = 0; at < events.size();) {
    const size_t end = std::min(events.find('\n', at), events.size());
    const std::string_view line = events.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(kData)) {
      inside = false;
      continue;
    }
    if (inside)
      out += '\n';
    else
      out += first ? "[" : ",\r\n";
    inside = true;
    first = false;
    out += line.substr(kData.size());
  }
  if (last) out += first ? "[]" : "]";
  return out;
}

}  // namespace tandem::gateway::gemini
