// Cohere: chat, embeddings and rerank of its API v2.
#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/cohere/dialect.h"
#include "gateway/openai/operation.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/plain_error.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {
namespace {

// What the texts are for, which OpenAI's clients cannot say but as a field of their own.
std::string input_type_of(const Call& call) {
  if (const auto body = json::parse(call.body)) {
    const std::string_view said = body->root().find_text("input_type");
    if (!said.empty()) return std::string(said);
  }
  return "search_document";
}

class CohereApi final : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect*) const override {
    return cohere::dialect();
  }
  bool accepts(CallKind kind) const override {
    return kind == CallKind::Chat || kind == CallKind::Embedding || kind == CallKind::Rerank;
  }

  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (!url.path.ends_with("/v2")) url.path += "/v2";
    return url;
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    const CallKind kind = call.call.kind;
    path += kind == CallKind::Embedding ? "/embed" : kind == CallKind::Rerank ? "/rerank" : "/chat";
  }

  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override {
    if (call.call.kind == CallKind::Rerank) return openai::write_operation(call.call, call.model);
    if (call.call.kind != CallKind::Embedding) return ProviderApi::body(call, attempt);
    if (call.call.inputs.empty()) {
      return fail(Code::InvalidArgument, "The target of this endpoint embeds texts, not token ids.",
                  "Send input as a text or a list of texts.", "input");
    }
    std::string out;
    json::Writer json(out);
    json.object().key("model").string(call.model).key("texts").array();
    for (const std::string& text : call.call.inputs) json.string(text);
    json.end_array().key("input_type").string(input_type_of(call.call));
    json.key("embedding_types").array().string("float").end_array();
    if (call.call.dimensions) json.key("output_dimension").integer(*call.call.dimensions);
    json.end_object();
    return out;
  }

  // {"embeddings":{"float":[[…],…]},"meta":{"billed_units":{"input_tokens":…}}}
  Result<void> finish(const ApiCall& call, AttemptResult& result) const override {
    if (call.call.kind != CallKind::Embedding) return {};
    const auto document = json::parse(std::move(result.body));
    result.body.clear();
    const json::Value* embeddings = document ? document->root().find("embeddings") : nullptr;
    const json::Value* vectors = embeddings ? embeddings->find("float") : nullptr;
    if (!vectors || vectors->children.size() != call.call.inputs.size()) {
      return fail(Code::UpstreamError,
                  "The provider's answer does not hold a vector for each text.");
    }
    for (const json::Value& vector : vectors->children) {
      std::vector<float>& out = result.vectors.emplace_back();
      out.reserve(vector.children.size());
      for (const json::Value& number : vector.children) {
        out.push_back(static_cast<float>(number.number().value_or(0)));
      }
    }
    const json::Value* meta = document->root().find("meta");
    const json::Value* billed = meta ? meta->find("billed_units") : nullptr;
    const json::Value* tokens = billed ? billed->find("input_tokens") : nullptr;
    if (tokens) {
      result.usage.emplace();
      result.usage->input_tokens = static_cast<int64_t>(tokens->number().value_or(0));
      result.usage->reported = true;
      result.usage = cost::sanitized(*result.usage);
    }
    return {};
  }

  openai::ProviderError read_error(const net::Headers&, std::string body) const override {
    return read_plain_error(std::move(body));
  }
};

}  // namespace

const ProviderApi& cohere_api() {
  static const CohereApi api;
  return api;
}

}  // namespace tandem::gateway
