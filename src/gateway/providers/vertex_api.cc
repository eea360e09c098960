// Google's Vertex AI: Gemini's dialect behind the path of a project and a location, an access token
// of a service account instead of a key, and embeddings as predictions.
// Source: Vertex AI REST reference, v1, 2026-11.
#include <algorithm>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/gemini/answer_reader.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/request.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/gemini_api.h"
#include "gateway/providers/google_token.h"
#include "gateway/providers/path_segment.h"

namespace tandem::gateway {
namespace {

bool is_plain_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '.';
  });
}

class VertexApi final : public GeminiApi {
 public:
  // A location has a host of its own, but for "global".
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (config.base_url.empty() && config.location != "global") {
      url.origin.host = config.location + "-" + url.origin.host;
    }
    if (url.path.empty()) url.path = "/v1";
    url.path +=
        "/projects/" + config.project + "/locations/" + config.location + "/publishers/google";
    return url;
  }

  void validate(const ProviderConfig& config, config::Errors& errors) const override {
    if (!is_plain_name(config.project)) {
      errors.field("project", "is missing: name the project of Google Cloud");
    }
    if (!is_plain_name(config.location)) {
      errors.field("location", "must be a location of Google Cloud (\"global\", \"europe-west4\")");
    }
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    if (call.call.kind != CallKind::Embedding) return GeminiApi::append_path(call, path);
    path += "/models/";
    append_segment(path, gemini::model_name(call.model));
    path += ":predict";
  }

  std::unique_ptr<Credential> credential(const ProviderConfig&,
                                         const ProviderKey& key) const override {
    return std::make_unique<GoogleToken>(key.key);
  }

  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override {
    if (call.call.kind != CallKind::Embedding) return ProviderApi::body(call, attempt);
    if (call.call.inputs.empty()) {
      return fail(Code::InvalidArgument, "The target of this endpoint embeds texts, not token ids.",
                  "Send each input as one text.", "input");
    }
    std::string out;
    json::Writer json(out);
    json.object().key("instances").array();
    for (const std::string& input : call.call.inputs) {
      json.object().key("content").string(input).end_object();
    }
    json.end_array();
    if (call.call.dimensions) {
      json.key("parameters").object().key("outputDimensionality");
      json.integer(*call.call.dimensions).end_object();
    }
    json.end_object();
    return out;
  }

  std::optional<std::string> count_body(const ApiCall& call, AttemptContext& attempt,
                                        std::string& path) const override {
    if (call.call.kind != CallKind::Chat) return std::nullopt;
    const auto whole = body(call, attempt);
    if (!whole) return std::nullopt;
    path += "/models/";
    append_segment(path, gemini::model_name(call.model));
    path += ":countTokens";
    return *whole;
  }

  Result<void> finish(const ApiCall& call, AttemptResult& result) const override {
    if (call.call.kind != CallKind::Embedding) return {};
    TRY(const json::Document document, json::parse(result.body));
    TRY_VOID(gemini::check_no_error(document.root()));
    const json::Value* predictions = document.root().find("predictions");
    if (!predictions || !predictions->is_array())
      return gemini::malformed("It has no predictions.");
    result.usage.emplace();
    for (const json::Value& prediction : predictions->children) {
      const json::Value* embedding = prediction.find("embeddings");
      const json::Value* values = embedding ? embedding->find("values") : nullptr;
      if (!values || !values->is_array()) return gemini::malformed("It holds no embedding.");
      std::vector<float>& vector = result.vectors.emplace_back();
      for (const json::Value& value : values->children) {
        vector.push_back(static_cast<float>(value.number().value_or(0)));
      }
      const json::Value* statistics = embedding->find("statistics");
      const json::Value* tokens = statistics ? gemini::find(*statistics, "tokenCount") : nullptr;
      if (!tokens) continue;
      result.usage->reported = true;
      result.usage->input_tokens += gemini::whole(*tokens).value_or(0);
    }
    if (!result.usage->reported) result.usage.reset();
    return {};
  }
};

}  // namespace

const ProviderApi& vertex_api() {
  static const VertexApi api;
  return api;
}

}  // namespace tandem::gateway
