// OpenAI's API and all that are compatible with it.
#include "gateway/openai/dialect.h"
#include "gateway/openai/request.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {
namespace {

class OpenAiApi final : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect*) const override {
    return openai::dialect();
  }
  bool accepts(CallKind kind) const override { return kind != CallKind::Predict; }

  // OpenAI's clients write /v1 where there is more than a host: with and without is the same.
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (url.path.empty()) url.path = "/v1";
    return url;
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    switch (call.call.kind) {
      case CallKind::Completion:
        path += "/completions";
        return;
      case CallKind::Embedding:
        path += "/embeddings";
        return;
      default:
        path += "/chat/completions";
    }
  }

 protected:
  Result<std::string> pass_body(const ApiCall& call) const override {
    return openai::write_request(call.call, call.model, call.config.stream_usage);
  }
};

}  // namespace

const ProviderApi& openai_api() {
  static const OpenAiApi api;
  return api;
}

}  // namespace tandem::gateway
