#include "gateway/targets/openai_target.h"

#include "gateway/openai/request.h"
#include "gateway/targets/provider_call.h"
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

Task<AttemptResult> call_openai(const OpenAiUpstream& upstream, const Call& call,
                                AttemptContext& attempt, StreamSink& sink) {
  const std::string body = openai::write_request(call, upstream.model, upstream.stream_usage);
  std::string headers;
  if (!upstream.authorization.empty()) {
    net::append_header(headers, "authorization", upstream.authorization);
  }
  const std::string path = upstream.base_url.path + std::string(path_of(call.kind));
  const ProviderCall request{upstream.base_url.origin, path, headers, body, call.stream};
  co_return co_await call_provider(request, attempt, sink);
}

Result<std::shared_ptr<OpenAiTarget>> OpenAiTarget::create(std::string provider, std::string model,
                                                           const ProviderConfig& config) {
  std::shared_ptr<OpenAiTarget> target(new OpenAiTarget(std::move(provider), std::move(model)));
  TRY(target->base_url_, net::Url::parse(config.base_url));
  std::string& path = target->base_url_.path;
  if (path.empty()) path = "/v1";
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
