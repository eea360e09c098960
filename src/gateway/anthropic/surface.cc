#include "gateway/anthropic/surface.h"

#include "base/error/surface.h"
#include "base/json/writer.h"
#include "base/text/encode.h"
#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/passed_answer.h"
#include "gateway/anthropic/request.h"
#include "gateway/anthropic/stream_filter.h"
#include "gateway/token_estimate.h"

namespace tandem::gateway::anthropic {
namespace {

trace::Part shown(PassedText& piece) {
  trace::Part part;
  if (piece.channel.field == Channel::Field::Arguments) {
    part.type = trace::PartType::ToolCall;
    part.value.text = json::quoted(piece.text);
    return part;
  }
  if (piece.channel.field == Channel::Field::Reasoning) part.type = trace::PartType::Reasoning;
  part.content = std::move(piece.text);
  return part;
}

}  // namespace

Result<Call> AnthropicSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  const uint64_t wire_bytes = request.wire_body_bytes();
  TRY(Call call, read_request(request.take_body()));
  call.bytes_in = wire_bytes;
  call.wants_cost = text::equal_ignoring_case(request.header("x-tandem-include-cost"), "true");
  if (const auto beta = request.header("anthropic-beta"); !beta.empty()) {
    net::append_header(call.same_dialect_headers, "anthropic-beta", beta);
  }
  if (const auto session = request.header("x-session-id"); !session.empty()) {
    call.session_id = session;
  }
  return call;
}

const messages::Dialect* AnthropicSurface::dialect() const {
  return &anthropic::dialect();
}

Result<Rendered> AnthropicSurface::render(const Call&, AttemptResult& result,
                                          const std::string& endpoint, OutputGate* gate) const {
  TRY(PassedAnswer answer, read_passed_answer(result.body));
  result.usage = answer.usage;
  Rendered rendered;
  rendered.usage = answer.usage;
  rendered.response_model = answer.model;
  trace::Message message;
  message.role = "assistant";
  message.finish_reason = answer.stop_reason;
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, json::quoted(endpoint));
  for (PassedText& piece : answer.texts) {
    if (gate) {
      auto changed = gate->whole(piece.text);
      if (gate->blocked()) return fail(*gate->blocked());
      if (changed) {
        edits.replace(piece.token, json::quoted(*changed));
        piece.text = *std::move(changed);
      }
    }
    if (piece.channel.field == Channel::Field::Other) continue;
    rendered.estimated_output_tokens += estimate_tokens(piece.text);
    message.parts.push_back(shown(piece));
  }
  rendered.output_messages.push_back(std::move(message));
  rendered.body = edits.apply(result.body);
  return rendered;
}

std::unique_ptr<AnswerStream> AnthropicSurface::open_stream(StreamOptions options,
                                                            OutputGate* gate) const {
  return std::make_unique<StreamFilter>(std::move(options), gate);
}

std::string AnthropicSurface::stream_error(const Error& error, std::string_view trace_id,
                                           std::string_view request_id, int64_t) const {
  return "event: error\ndata: " +
         error_body(tandem::Surface::Anthropic, error, trace_id, request_id) + "\n\n";
}

Result<Call> AnthropicSurface::probe(std::string_view text) const {
  return read_request(R"({"model":"probe","max_tokens":1,"messages":[{"role":"user","content":)" +
                      json::quoted(text) + "}]}");
}

}  // namespace tandem::gateway::anthropic
