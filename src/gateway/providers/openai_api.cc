#include "gateway/providers/openai_api.h"

#include "gateway/openai/dialect.h"
#include "gateway/openai/request.h"
#include "gateway/providers/apis.h"

namespace tandem::gateway {

const messages::Dialect& OpenAiApi::dialect(const messages::Dialect*) const {
  return openai::dialect();
}

bool OpenAiApi::accepts(CallKind kind) const {
  return kind != CallKind::Predict;
}

Result<net::Url> OpenAiApi::base_url(const ProviderConfig& config, std::string_view own) const {
  TRY(net::Url url, ProviderApi::base_url(config, own));
  if (url.path.empty()) url.path = "/v1";
  return url;
}

void OpenAiApi::append_path(const ApiCall& call, std::string& path) const {
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

Result<std::string> OpenAiApi::pass_body(const ApiCall& call) const {
  return openai::write_request(call.call, call.model, call.config.stream_usage);
}

const ProviderApi& openai_api() {
  static const OpenAiApi api;
  return api;
}

}  // namespace tandem::gateway
