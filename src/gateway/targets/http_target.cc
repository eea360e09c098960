#include "gateway/targets/http_target.h"

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

Task<AttemptResult> HttpTarget::send(const ApiCall& call, std::string_view path,
                                     std::string_view body, bool stream, AttemptContext& attempt,
                                     StreamSink& sink) {
  const ProviderApi& api = account_->api();
  Credential& credential = account_->credential();
  if (const SteadyUs begun_us = steady_now_us(); credential.must_fetch(begun_us)) {
    auto fetched = co_await credential.fetch(attempt);
    attempt.context.waited_us += steady_now_us() - begun_us;
    if (!fetched) co_return no_credential(std::move(fetched).error(), provider());
  }
  const net::Origin& origin = account_->base_url().origin;
  std::string block;
  auto proved = credential.append_to({origin, path, body}, steady_now_us(), block);
  if (!proved) co_return no_credential(std::move(proved).error(), provider());
  api.append_headers(call, attempt, block);
  const ProviderCall request{api, origin, path, block, body, stream};
  co_return co_await call_provider(request, attempt, sink);
}

Task<std::optional<int64_t>> HttpTarget::ask_input_tokens(const Call& call,
                                                          AttemptContext& attempt) {
  const ApiCall asked = api_call(call, attempt);
  std::string path = account_->base_url().path;
  const auto body = account_->api().count_body(asked, attempt, path);
  if (!body) co_return std::nullopt;
  NoStream no_stream;
  const AttemptResult answer = co_await send(asked, path, *body, false, attempt, no_stream);
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
  AttemptResult result = co_await send(asked, path, *body, call.stream, attempt, sink);
  if (result.failure == FailureKind::None && !result.streamed) {
    if (auto read = api.finish(asked, result); !read) {
      co_return failed(FailureKind::BadAnswer, std::move(read).error());
    }
  }
  co_return result;
}

}  // namespace tandem::gateway
