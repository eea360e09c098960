// Text Embeddings Inference: OpenAI's embeddings, and a rerank of its own shape.
// Source: huggingface/text-embeddings-inference, docs/openapi.json (POST /rerank).
#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/openai/dialect.h"
#include "gateway/openai/request.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {
namespace {

class TeiApi final : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect*) const override {
    return openai::dialect();
  }
  bool accepts(CallKind kind) const override {
    return kind == CallKind::Rerank || kind == CallKind::Embedding;
  }

  // With and without /v1 is the same.
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (url.path.ends_with("/v1")) url.path.resize(url.path.size() - 3);
    return url;
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    path += call.call.kind == CallKind::Rerank ? "/rerank" : "/v1/embeddings";
  }

  // {"query","texts","truncate"}
  Result<std::string> body(const ApiCall& call, AttemptContext& attempt) const override {
    if (call.call.kind != CallKind::Rerank) return ProviderApi::body(call, attempt);
    const std::vector<std::string>& inputs = call.call.inputs;
    std::string out;
    json::Writer json(out);
    json.object().key("query").string(inputs[0]).key("texts").array();
    for (size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i].empty()) {
        return fail(Code::InvalidArgument,
                    "documents[" + std::to_string(i - 1) + "] has no text to rerank.",
                    "Send texts, or objects whose field text is one.", "documents");
      }
      json.string(inputs[i]);
    }
    json.end_array().key("truncate").boolean(true).end_object();
    return out;
  }

  // [{"index","score"},…], the best first, becomes what all others answer.
  Result<void> finish(const ApiCall& call, AttemptResult& result) const override {
    if (call.call.kind != CallKind::Rerank) return {};
    const auto document = json::parse(std::move(result.body));
    if (!document || !document->root().is_array()) {
      return fail(Code::UpstreamError, "The provider's answer is no list of scores.");
    }
    std::string out;
    json::Writer json(out);
    json.object().key("model").string(call.model).key("results").array();
    int64_t left = call.call.top_n.value_or(INT64_MAX);
    for (const json::Value& row : document->root().children) {
      const json::Value* index = row.find("index");
      const json::Value* score = row.find("score");
      const auto at = index ? index->integer() : std::nullopt;
      if (!score || !score->number() || !at || *at < 0 ||
          static_cast<size_t>(*at) + 1 >= call.call.inputs.size()) {
        return fail(Code::UpstreamError, "The provider scored a document that nobody sent.");
      }
      if (left-- <= 0) break;
      json.object().key("index").integer(*at).key("relevance_score").raw(score->raw);
      if (call.call.return_documents) {
        const std::string& text = call.call.inputs[static_cast<size_t>(*at) + 1];
        json.key("document").object().key("text").string(text).end_object();
      }
      json.end_object();
    }
    json.end_array().end_object();
    result.body = std::move(out);
    return {};
  }

 protected:
  Result<std::string> pass_body(const ApiCall& call) const override {
    return openai::write_request(call.call, call.model, false);
  }
};

}  // namespace

const ProviderApi& tei_api() {
  static const TeiApi api;
  return api;
}

}  // namespace tandem::gateway
