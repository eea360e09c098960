#include "gateway/gemini/embed_surface.h"

#include "base/json/writer.h"
#include "gateway/gemini/dialect.h"
#include "gateway/gemini/embeddings.h"

namespace tandem::gateway::gemini {
namespace {

void write_vector(json::Writer& json, const std::vector<float>& vector) {
  json.object().key("values").array();
  for (const float value : vector) json.number(static_cast<double>(value));
  json.end_array().end_object();
}

std::string write_vectors(const AttemptResult& result, bool is_batch) {
  std::string out;
  json::Writer json(out);
  json.object();
  if (is_batch) {
    json.key("embeddings").array();
    for (const auto& vector : result.vectors) write_vector(json, vector);
    json.end_array();
  } else {
    json.key("embedding");
    write_vector(json, result.vectors.front());
  }
  if (result.usage) {
    json.key("usageMetadata").object();
    json.key("promptTokenCount").integer(result.usage->input_tokens).end_object();
  }
  json.end_object();
  return out;
}

}  // namespace

Result<Call> EmbedSurface::read(net::Exchange& exchange) const {
  net::Request& request = exchange.request();
  const uint64_t wire_bytes = request.wire_body_bytes();
  TRY(Call call, read_request(method_, request.take_body()));
  call.endpoint = model_name(request.path_param("model"));
  call.bytes_in = wire_bytes;
  call.session_id = request.header("x-session-id");
  return call;
}

const messages::Dialect* EmbedSurface::dialect() const {
  return &gemini::dialect();
}

Result<Rendered> EmbedSurface::render(const Call& call, AttemptResult& result, const std::string&,
                                      OutputGate*) const {
  Rendered rendered;
  if (!result.vectors.empty()) {
    rendered.body = write_vectors(result, call.is_batch);
  } else {
    TRY(const Embeddings embeddings, read_embeddings(result.body));
    result.usage = embeddings.usage;
    rendered.body = std::move(result.body);
  }
  rendered.usage = result.usage;
  return rendered;
}

Result<Call> EmbedSurface::probe(std::string_view text) const {
  std::string content = R"({"content":{"parts":[{"text":)";
  json::append_string(content, text);
  content += "}]}}";
  return read_request(method_,
                      method_ == Method::Embed ? content : R"({"requests":[)" + content + "]}");
}

}  // namespace tandem::gateway::gemini
