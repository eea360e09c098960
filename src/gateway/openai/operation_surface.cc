#include "gateway/openai/operation_surface.h"

#include "base/json/writer.h"
#include "base/text/encode.h"
#include "base/text/utf8.h"
#include "gateway/openai/operation_answer.h"
#include "gateway/openai/rerank_answer.h"
#include "gateway/token_estimate.h"

namespace tandem::gateway::openai {
namespace {

constexpr size_t kMaxTracedText = 16 * 1024;

bool is_json(std::string_view content_type) {
  return content_type.empty() ||
         text::to_ascii_lower(content_type).find("json") != std::string::npos;
}

trace::Message message_of(std::string role, std::string text) {
  trace::Message message;
  message.role = std::move(role);
  trace::Part part;
  part.content = std::move(text);
  message.parts.push_back(std::move(part));
  return message;
}

}  // namespace

Result<Call> OperationSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  const uint64_t wire_bytes = request.wire_body_bytes();
  TRY(Call call, read_operation(operation_, request.header("content-type"), request.take_body()));
  call.bytes_in = wire_bytes;
  if (const auto session = request.header("x-session-id"); !session.empty()) {
    call.session_id = session;
  }
  return call;
}

Result<Rendered> OperationSurface::render(const Call& call, AttemptResult& result,
                                          const std::string& endpoint, OutputGate* gate) const {
  if (result.ranking) {
    Rendered rendered;
    rendered.body = write_ranking(call, *result.ranking, endpoint);
    rendered.usage = result.usage;
    return rendered;
  }
  if (is_json(result.content_type)) return render_json(call, result, endpoint, gate);
  return render_text(call, result, gate);
}

Result<Rendered> OperationSurface::render_json(const Call& call, AttemptResult& result,
                                               const std::string& endpoint,
                                               OutputGate* gate) const {
  TRY(OperationAnswer answer, read_operation_answer(call.kind, result.body));
  if (answer.error) {
    return fail(Code::UpstreamError,
                "The provider answered 200 with an error: " + answer.error->message);
  }
  if (!answer.whole) {
    return fail(Code::UpstreamError, "The provider's answer to " + std::string(operation_.path) +
                                         " lacks what it should hold.");
  }
  Rendered rendered;
  result.usage = rendered.usage = answer.usage;
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, json::quoted(endpoint));
  std::string shown;
  for (const OperationText& piece : answer.texts) {
    std::optional<std::string> changed;
    if (gate) changed = gate->whole(piece.text);
    if (gate && gate->blocked()) return fail(*gate->blocked());
    if (changed) edits.replace(piece.token, json::quoted(*changed));
    if (call.kind == CallKind::Transcription && shown.size() < kMaxTracedText) {
      shown += changed ? *changed : piece.text;
    }
  }
  if (!shown.empty()) {
    rendered.output_messages.push_back(message_of("assistant", std::move(shown)));
  }
  rendered.response_model = answer.model;
  rendered.body = edits.empty() ? std::move(result.body) : edits.apply(result.body);
  return rendered;
}

// Sound, or a transcript as text or subtitles.
Result<Rendered> OperationSurface::render_text(const Call& call, AttemptResult& result,
                                               OutputGate* gate) const {
  Rendered rendered;
  rendered.content_type = result.content_type;
  rendered.body = std::move(result.body);
  if (call.kind == CallKind::Speech) {
    cost::Usage expected;
    add_expected(call, expected);
    rendered.estimated_output_tokens = expected.output_tokens;
    return rendered;
  }
  if (!text::is_valid_utf8(rendered.body)) {
    return fail(Code::UpstreamError, "The provider's answer is neither JSON nor text.");
  }
  if (gate) {
    auto changed = gate->whole(rendered.body);
    if (gate->blocked()) return fail(*gate->blocked());
    if (changed) rendered.body = *std::move(changed);
  }
  rendered.estimated_output_tokens = estimate_tokens(rendered.body);
  rendered.output_messages.push_back(
      message_of("assistant", rendered.body.substr(0, kMaxTracedText)));
  return rendered;
}

Result<Call> OperationSurface::probe(std::string_view text) const {
  if (operation_.form) {
    return read_operation(
        operation_, "multipart/form-data; boundary=probe",
        "--probe\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nprobe\r\n"
        "--probe\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n"
        "--probe\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\n" +
            std::string(text) + "\r\n--probe--\r\n");
  }
  const std::string quoted = json::quoted(text);
  std::string body = R"({"model":"probe","input":)" + quoted + R"(,"prompt":)" + quoted;
  body += R"(,"query":)" + quoted + R"(,"documents":[)" + quoted + "]}";
  return read_operation(operation_, "", std::move(body));
}

}  // namespace tandem::gateway::openai
