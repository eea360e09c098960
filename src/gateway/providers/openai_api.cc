#include "gateway/providers/openai_api.h"

#include "gateway/openai/dialect.h"
#include "gateway/openai/embeddings.h"
#include "gateway/openai/operation.h"
#include "gateway/openai/request.h"
#include "gateway/providers/apis.h"

namespace tandem::gateway {
namespace {

bool translates_embedding(const ApiCall& call) {
  return call.call.kind == CallKind::Embedding && call.asked && call.asked != &call.dialect;
}

}  // namespace

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
    case CallKind::Chat:
      path += "/chat/completions";
      return;
    default:
      path += call.call.operation;
  }
}

Result<std::string> OpenAiApi::body(const ApiCall& call, AttemptContext& attempt) const {
  if (!translates_embedding(call)) return ProviderApi::body(call, attempt);
  return openai::compose_embeddings(call.call, call.model);
}

Result<void> OpenAiApi::finish(const ApiCall& call, AttemptResult& result) const {
  if (!translates_embedding(call)) return {};
  TRY(openai::Embeddings embeddings, openai::read_embeddings(result.body));
  result.vectors = std::move(embeddings.vectors);
  result.usage = embeddings.usage;
  return {};
}

Result<std::string> OpenAiApi::pass_body(const ApiCall& call) const {
  if (!call.call.operation.empty()) return openai::write_operation(call.call, call.model);
  return openai::write_request(call.call, call.model, call.config.stream_usage);
}

const ProviderApi& openai_api() {
  static const OpenAiApi api;
  return api;
}

}  // namespace tandem::gateway
