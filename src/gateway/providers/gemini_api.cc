#include "gateway/providers/gemini_api.h"

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/gemini/dialect.h"
#include "gateway/gemini/embeddings.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/request.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/path_segment.h"
#include "gateway/targets/retry_after.h"

namespace tandem::gateway {
namespace {

// Whether the client's own bytes are embedded; else the texts of its call are.
bool passes_embedding(const ApiCall& call) {
  return call.asked == &gemini::dialect();
}

// "34s", "0.5s" (google.protobuf.Duration).
std::optional<int64_t> milliseconds(std::string_view duration) {
  if (!duration.ends_with('s')) return std::nullopt;
  const json::Value seconds{
      json::Value::Type::Number, "", duration.substr(0, duration.size() - 1), "", {}};
  const auto value = seconds.number();
  if (!value || *value < 0 || *value * 1000 > static_cast<double>(kMostRetryAfterMs)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*value * 1000);
}

}  // namespace

const messages::Dialect& GeminiApi::dialect(const messages::Dialect*) const {
  return gemini::dialect();
}

bool GeminiApi::accepts(CallKind kind) const {
  return kind == CallKind::Chat || kind == CallKind::Embedding;
}

// Google's clients write no version: with and without is the same.
Result<net::Url> GeminiApi::base_url(const ProviderConfig& config, std::string_view own) const {
  TRY(net::Url url, ProviderApi::base_url(config, own));
  if (url.path.empty()) url.path = "/v1beta";
  return url;
}

void GeminiApi::append_path(const ApiCall& call, std::string& path) const {
  path += "/models/";
  append_segment(path, gemini::model_name(call.model));
  if (call.call.kind == CallKind::Embedding) {
    const bool single = passes_embedding(call) && !call.call.is_batch;
    path += single ? ":embedContent" : ":batchEmbedContents";
  } else {
    path += call.call.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
  }
}

std::unique_ptr<Credential> GeminiApi::credential(const ProviderConfig&,
                                                  const ProviderKey& key) const {
  return std::make_unique<HeaderCredential>("x-goog-api-key", "", key.key);
}

Result<std::string> GeminiApi::body(const ApiCall& call, AttemptContext& attempt) const {
  if (call.call.kind != CallKind::Embedding) return ProviderApi::body(call, attempt);
  if (passes_embedding(call)) return pass_body(call);
  return gemini::compose_embeddings(call.call, call.model);
}

Result<std::string> GeminiApi::pass_body(const ApiCall& call) const {
  return gemini::write_request(call.call, call.model);
}

std::optional<std::string> GeminiApi::count_body(const ApiCall& call, AttemptContext& attempt,
                                                 std::string& path) const {
  if (call.call.kind != CallKind::Chat) return std::nullopt;
  const auto whole = body(call, attempt);
  if (!whole) return std::nullopt;
  const std::string name(gemini::model_name(call.model));
  path += "/models/";
  append_segment(path, name);
  path += ":countTokens";
  // The contents alone would leave out tools and the system instruction.
  std::string wrapped = R"({"generateContentRequest":{)";
  if (call.call.model_tokens.empty()) {
    wrapped += "\"model\":";
    json::append_string(wrapped, "models/" + name);
    wrapped += ',';
  }
  return wrapped + whole->substr(whole->find('{') + 1) + "}";
}

std::optional<int64_t> GeminiApi::read_count(std::string_view body) const {
  const auto answer = json::parse(std::string(body));
  if (!answer) return std::nullopt;
  const json::Value* count = answer->root().find("totalTokens");
  return count ? gemini::whole(*count) : std::nullopt;
}

openai::ProviderError GeminiApi::read_error(const net::Headers&, std::string body) const {
  openai::ProviderError said;
  const auto document = json::parse(body);
  const json::Value* root = document ? &document->root() : nullptr;
  if (root && root->is_array() && !root->children.empty()) root = &root->children[0];
  const json::Value* error = root ? root->find("error") : nullptr;
  if (!error || !error->is_object()) {
    said.message = body.substr(0, 300);
    return said;
  }
  said.message = error->find_text("message");
  said.code = error->find_text("status");
  if (said.message.find("exceeds the maximum number of tokens") != std::string::npos) {
    said.code = "context_length_exceeded";
  }
  if (const json::Value* details = error->find("details"); details && details->is_array()) {
    for (const json::Value& detail : details->children) {
      if (const auto delay = milliseconds(detail.find_text("retryDelay"))) {
        said.retry_after_ms = delay;
      }
    }
  }
  return said;
}

Result<void> GeminiApi::finish(const ApiCall& call, AttemptResult& result) const {
  if (call.call.kind != CallKind::Embedding || passes_embedding(call)) return {};
  TRY(gemini::Embeddings embeddings, gemini::read_embeddings(result.body));
  result.vectors = std::move(embeddings.vectors);
  result.usage = embeddings.usage;
  return {};
}

const ProviderApi& gemini_api() {
  static const GeminiApi api;
  return api;
}

}  // namespace tandem::gateway
