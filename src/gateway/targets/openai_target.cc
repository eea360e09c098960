#include "gateway/targets/openai_target.h"

#include "gateway/openai/dialect.h"
#include "gateway/openai/request.h"
#include "gateway/provider_kinds.h"
#include "gateway/targets/provider_call.h"
#include "gateway/translation.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

std::string_view path_of(CallKind kind) {
  switch (kind) {
    case CallKind::Completion:
      return "/completions";
    case CallKind::Embedding:
      return "/embeddings";
    default:
      return "/chat/completions";
  }
}

}  // namespace

Result<std::string> openai_body(const Call& call, AttemptContext& attempt, std::string_view model,
                                bool stream_usage) {
  if (!attempt.client_dialect || attempt.client_dialect == &openai::dialect()) {
    return openai::write_request(call, model, stream_usage);
  }
  messages::WriteOptions options;
  options.model = model;
  options.default_max_tokens = attempt.endpoint.default_max_tokens;
  options.stream_usage = stream_usage;
  return translate_request(call, attempt, openai::dialect(), options);
}

Task<AttemptResult> call_openai(const OpenAiUpstream& upstream, const Call& call,
                                AttemptContext& attempt, StreamSink& sink) {
  const auto body = openai_body(call, attempt, upstream.model, upstream.stream_usage);
  if (!body) co_return failed(FailureKind::Unsupported, body.error());
  std::string headers;
  if (!upstream.authorization.empty()) {
    net::append_header(headers, "authorization", upstream.authorization);
  }
  const std::string path = upstream.base_url.path + std::string(path_of(call.kind));
  const ProviderCall request{upstream.base_url.origin, path, headers, *body, call.stream};
  co_return co_await call_provider(request, attempt, sink);
}

const messages::Dialect* OpenAiTarget::dialect() const {
  return &openai::dialect();
}

Result<std::shared_ptr<OpenAiTarget>> OpenAiTarget::create(std::string provider, std::string model,
                                                           const ProviderConfig& config) {
  std::shared_ptr<OpenAiTarget> target(new OpenAiTarget(std::move(provider), std::move(model)));
  TRY(target->base_url_, base_url_of(config));
  target->authorization_.set("Bearer ", config.api_key);
  target->stream_usage_ = config.stream_usage;
  return target;
}

Task<AttemptResult> OpenAiTarget::attempt(const Call& call, AttemptContext& attempt,
                                          StreamSink& sink) {
  const auto authorization = authorization_.get(steady_now_us());
  if (!authorization) {
    Error error = authorization.error();
    co_return failed(FailureKind::Unavailable, std::move(error).within("providers." + provider()));
  }
  const OpenAiUpstream upstream{base_url_, (*authorization)->reveal(), model(), stream_usage_};
  co_return co_await call_openai(upstream, call, attempt, sink);
}

}  // namespace tandem::gateway
