#include "gateway/targets/llama_target.h"

#include "gateway/targets/openai_target.h"

namespace tandem::gateway {

Task<Result<void>> LlamaTarget::prepare(AttemptContext& attempt) {
  auto lease = co_await server_->acquire(attempt.deadline, attempt.cancel);
  if (!lease) co_return fail(std::move(lease).error());
  co_return Result<void>{};
}

Task<AttemptResult> LlamaTarget::attempt(const Call& call, AttemptContext& attempt,
                                         StreamSink& sink) {
  AttemptResult result;
  const SteadyUs begun_us = steady_now_us();
  auto lease = co_await server_->acquire(attempt.deadline, attempt.cancel);
  attempt.context.waited_us += steady_now_us() - begun_us;
  if (!lease) {
    result.error = std::move(lease).error();
    result.failure = classify(result.error);
    co_return result;
  }
  auto url = net::Url::parse(lease->base_url());
  if (!url) {
    result.error = std::move(url).error();
    result.failure = FailureKind::Unavailable;
    co_return result;
  }
  url->path = "/v1";
  OpenAiUpstream upstream{*std::move(url), "Bearer " + lease->api_key(), model(), true};
  result = co_await call_openai(upstream, call, attempt, sink);
  result.resources.cpu_us = lease->cpu_us();
  co_return result;
}

}  // namespace tandem::gateway
