#include "gateway/openai/surface.h"

#include "base/json/writer.h"
#include "base/text/encode.h"
#include "gateway/openai/answer.h"
#include "gateway/openai/dialect.h"
#include "gateway/openai/request.h"
#include "gateway/openai/stream_filter.h"
#include "gateway/token_estimate.h"

namespace tandem::gateway::openai {
namespace {

void append_vector(std::string& out, const std::vector<float>& vector, bool base64) {
  if (base64) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(vector.data());
    out += '"';
    out += text::to_base64({bytes, vector.size() * sizeof(float)});
    out += '"';
    return;
  }
  json::Writer json(out);
  json.array();
  for (float value : vector) json.number(static_cast<double>(value));
  json.end_array();
}

// What embeddings made inside the process look like.
std::string write_vectors(const Call& call, const AttemptResult& result,
                          const std::string& endpoint) {
  std::string out = R"({"object":"list","data":[)";
  for (size_t i = 0; i < result.vectors.size(); ++i) {
    if (i > 0) out += ',';
    out += R"({"object":"embedding","index":)" + std::to_string(i) + R"(,"embedding":)";
    append_vector(out, result.vectors[i], call.base64_vectors);
    out += '}';
  }
  const int64_t tokens = result.usage ? result.usage->input_tokens : 0;
  out += R"(],"model":)" + json::quoted(endpoint) + R"(,"usage":{"prompt_tokens":)" +
         std::to_string(tokens) + R"(,"total_tokens":)" + std::to_string(tokens) + "}}";
  return out;
}

// Moves the texts out of `answer`.
void collect_output(Answer& answer, Rendered& rendered) {
  std::map<int64_t, trace::Message> messages;
  for (AnswerText& piece : answer.texts) {
    const Channel& channel = piece.channel;
    if (channel.field == Channel::Field::Other) continue;
    rendered.estimated_output_tokens += estimate_tokens(piece.text);
    trace::Message& message = messages[channel.choice];
    message.role = "assistant";
    trace::Part part;
    if (channel.field == Channel::Field::Reasoning) part.type = trace::PartType::Reasoning;
    if (channel.field == Channel::Field::Arguments) {
      part.type = trace::PartType::ToolCall;
      part.value.text = std::move(piece.text);
    } else {
      part.content = std::move(piece.text);
    }
    message.parts.push_back(std::move(part));
  }
  for (const ChoiceEnd& end : answer.ends) messages[end.choice].finish_reason = end.reason;
  for (auto& [choice, message] : messages) {
    if (message.role.empty()) message.role = "assistant";
    rendered.output_messages.push_back(std::move(message));
  }
}

}  // namespace

Result<Call> OpenAiSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  const uint64_t wire_bytes = request.wire_body_bytes();
  TRY(Call call, read_request(kind_, request.take_body()));
  call.bytes_in = wire_bytes;
  call.wants_cost = text::equal_ignoring_case(request.header("x-tandem-include-cost"), "true");
  if (const auto session = request.header("x-session-id"); !session.empty()) {
    call.session_id = session;
  }
  return call;
}

const messages::Dialect* OpenAiSurface::dialect() const {
  return kind_ == CallKind::Chat ? &openai::dialect() : nullptr;
}

Result<Rendered> OpenAiSurface::render(const Call& call, AttemptResult& result,
                                       const std::string& endpoint, OutputGate* gate) const {
  Rendered rendered;
  if (!result.vectors.empty()) {
    rendered.body = write_vectors(call, result, endpoint);
    rendered.usage = result.usage;
    return rendered;
  }
  TRY(Answer answer, read_answer(result.body));
  if (answer.error) {
    return fail(Code::UpstreamError,
                "The provider answered 200 with an error: " + answer.error->message);
  }
  if (kind_ != CallKind::Embedding && !answer.has_choices) {
    return fail(Code::UpstreamError, "The provider's answer holds no choices.");
  }
  result.usage = answer.usage;
  json::Edits edits;
  for (const json::Token& token : answer.model_tokens) edits.replace(token, json::quoted(endpoint));
  for (AnswerText& piece : answer.texts) {
    if (!gate) break;
    auto changed = gate->whole(piece.text);
    if (gate->blocked()) return fail(*gate->blocked());
    if (!changed) continue;
    edits.replace(piece.token, json::quoted(*changed));
    piece.text = *std::move(changed);
  }
  rendered.usage = answer.usage;
  rendered.response_model = answer.model;
  collect_output(answer, rendered);
  rendered.body = edits.empty() ? std::move(result.body) : edits.apply(result.body);
  return rendered;
}

std::unique_ptr<AnswerStream> OpenAiSurface::open_stream(StreamOptions options,
                                                         OutputGate* gate) const {
  return std::make_unique<StreamFilter>(std::move(options), gate);
}

Result<Call> OpenAiSurface::probe(std::string_view text) const {
  const std::string quoted = json::quoted(text);
  switch (kind_) {
    case CallKind::Completion:
      return read_request(kind_, R"({"model":"probe","prompt":)" + quoted + "}");
    case CallKind::Embedding:
      return read_request(kind_, R"({"model":"probe","input":[)" + quoted + "]}");
    default:
      return read_request(
          kind_, R"({"model":"probe","messages":[{"role":"user","content":)" + quoted + "}]}");
  }
}

}  // namespace tandem::gateway::openai
