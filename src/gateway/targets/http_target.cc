#include "gateway/targets/http_target.h"

#include "gateway/targets/hidden_key.h"
#include "gateway/targets/provider_call.h"

namespace tandem::gateway {
namespace {

// For answers that are never streams.
struct NoStream final : StreamSink {
  Result<void> event(std::string_view) override { return {}; }
  Task<Result<void>> flush() override { co_return Result<void>{}; }
  bool done() const override { return true; }
};

AttemptResult no_credential(Error error, const std::string& provider) {
  return failed(FailureKind::Unavailable, std::move(error).within("providers." + provider));
}

}  // namespace

Task<AttemptResult> HttpTarget::send(const ApiCall& call, const Outgoing& outgoing,
                                     const KeyUse& use, AttemptContext& attempt, StreamSink& sink) {
  const ProviderApi& api = account_->api();
  Credential& credential = account_->credential(use);
  if (const SteadyUs begun_us = steady_now_us(); credential.must_fetch(begun_us)) {
    auto fetched = co_await credential.fetch(attempt);
    attempt.context.waited_us += steady_now_us() - begun_us;
    if (!fetched) co_return no_credential(std::move(fetched).error(), provider());
  }
  const net::Origin& origin = account_->base_url().origin;
  std::string& block = outgoing.proof;
  block.clear();
  auto proved =
      credential.append_to({origin, outgoing.path, outgoing.body}, steady_now_us(), block);
  if (!proved) co_return no_credential(std::move(proved).error(), provider());
  api.append_headers(call, attempt, block);
  const CallKind kind = call.call.kind;
  const bool any_type = kind == CallKind::Speech || kind == CallKind::Transcription;
  const ProviderCall request{api,
                             origin,
                             outgoing.path,
                             block,
                             outgoing.body,
                             outgoing.stream,
                             call.call.content_type,
                             any_type ? "*/*" : "application/json"};
  co_return co_await call_provider(request, attempt, sink);
}

Task<AttemptResult> HttpTarget::send_with_some_key(const ApiCall& call, const Outgoing& outgoing,
                                                   AttemptContext& attempt, StreamSink& sink) {
  uint64_t tried = 0;
  std::vector<RestingKey> resting;
  AttemptResult result;
  while (true) {
    auto use = account_->take_key(attempt.estimated_tokens, tried, steady_now_us());
    if (!use && tried == 0) {
      const bool fits_never = !use.error().retry_after_s;
      result = failed(fits_never ? FailureKind::Unsupported : FailureKind::RateLimited,
                      std::move(use).error());
      if (!fits_never) result.retry_after_ms = *result.error.retry_after_s * 1000;
    }
    if (!use) break;
    result = co_await send(call, outgoing, *use, attempt, sink);
    result.key_name = account_->key_name(*use);
    result.key_use = *use;
    if (!account_->key_answered(*use, result, steady_now_us())) break;
    account_->correct(*result.key_use, 0);
    resting.push_back({result.key_name, result.error.upstream_status.value_or(0)});
    tried |= uint64_t{1} << use->key;
  }
  result.resting_keys = std::move(resting);
  co_return result;
}

Task<std::optional<int64_t>> HttpTarget::ask_input_tokens(const Call& call,
                                                          AttemptContext& attempt) {
  const ApiCall asked = api_call(call, attempt);
  std::string path = account_->base_url().path;
  const auto body = account_->api().count_body(asked, attempt, path);
  if (!body) co_return std::nullopt;
  NoStream no_stream;
  std::string proof;
  const Outgoing outgoing{path, *body, proof, false};
  const AttemptResult answer = co_await send_with_some_key(asked, outgoing, attempt, no_stream);
  if (answer.failure != FailureKind::None) co_return std::nullopt;
  co_return account_->api().read_count(answer.body);
}

Task<AttemptResult> HttpTarget::attempt(const Call& call, AttemptContext& attempt,
                                        StreamSink& sink) {
  const ProviderApi& api = account_->api();
  const ApiCall asked = api_call(call, attempt);
  const auto body = api.body(asked, attempt);
  if (!body) co_return failed(FailureKind::Unsupported, body.error());
  std::string path = account_->base_url().path;
  api.append_path(asked, path);
  std::string proof;
  const Outgoing outgoing{path, *body, proof, call.stream};
  AttemptResult result;
  if (account_->has_one_key()) {
    result = co_await send(asked, outgoing, KeyUse{}, attempt, sink);
  } else {
    result = co_await send_with_some_key(asked, outgoing, attempt, sink);
  }
  if (result.failure == FailureKind::None && !result.streamed) {
    if (auto read = api.finish(asked, result); !read) {
      result = failed(FailureKind::BadAnswer, std::move(read).error());
    }
  }
  if (result.failure != FailureKind::None) hide_keys(result.error, proof);
  co_return result;
}

}  // namespace tandem::gateway
