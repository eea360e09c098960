#include "gateway/targets/llama_target.h"

#include <boost/json.hpp>

#include "base/json/writer.h"
#include "gateway/openai/dialect.h"
#include "gateway/providers/apis.h"
#include "gateway/targets/provider_call.h"
#include "net/client.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

// Counting takes milliseconds; a child that is too busy for it is not waited for.
constexpr int64_t kCountTimeoutMs = 2'000;
constexpr size_t kMaxCountBytes = 4 * 1024 * 1024;
// More texts than that in one call are estimated.
constexpr size_t kMostTexts = 16;

std::string_view path_of(CallKind kind) {
  return kind == CallKind::Chat ? "/v1/chat/completions/input_tokens" : "/tokenize";
}

// {"input_tokens":32,…} or {"tokens":[1,2,…]}
std::optional<int64_t> count_in(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value answer = boost::json::parse(body, error);
  const boost::json::object* object = error ? nullptr : answer.if_object();
  if (!object) return std::nullopt;
  if (const auto* count = object->if_contains("input_tokens"); count && count->is_int64()) {
    return count->get_int64();
  }
  const auto* tokens = object->if_contains("tokens");
  if (!tokens || !tokens->is_array()) return std::nullopt;
  return static_cast<int64_t>(tokens->get_array().size());
}

Task<std::optional<int64_t>> ask(const engines::Lease& lease, std::string_view path,
                                 const std::string& body, AttemptContext& attempt) {
  const auto url = net::Url::parse(lease.base_url());
  if (!url) co_return std::nullopt;
  std::string headers = "content-type: application/json\r\n";
  net::append_header(headers, "authorization", "Bearer " + lease.api_key());
  const net::ClientRequest request{url->origin, "POST", path, headers, body};
  const net::ClientTimeouts limits{kCountTimeoutMs, kCountTimeoutMs, kCountTimeoutMs,
                                   attempt.deadline};
  const SteadyUs begun_us = steady_now_us();
  std::optional<int64_t> count;
  auto sent = co_await attempt.client.send(request, limits, attempt.cancel);
  if (sent) {
    auto answer = co_await net::Client::read_all(**sent, kMaxCountBytes);
    if (answer && (*sent)->head().status == 200) count = count_in(*answer);
  }
  attempt.context.waited_us += steady_now_us() - begun_us;
  co_return count;
}

}  // namespace

const messages::Dialect* LlamaTarget::dialect(const messages::Dialect*) const {
  return &openai::dialect();
}

ApiCall LlamaTarget::api_call(const Call& call, const AttemptContext& attempt) const {
  static const ProviderConfig kNoConfig;
  return {call, kNoConfig, openai::dialect(), model(), attempt.client_dialect};
}

// One body for each question. A chat is asked as it will be sent; prompts and inputs are read as
// they stand, with what the model puts around them.
std::vector<std::string> LlamaTarget::questions(const Call& call, AttemptContext& attempt) const {
  std::vector<std::string> bodies;
  if (call.kind == CallKind::Chat) {
    auto body = openai_api().body(api_call(call, attempt), attempt);
    if (body) bodies.push_back(*std::move(body));
    return bodies;
  }
  for (const TextSegment& segment : call.texts) {
    json::Writer json(bodies.emplace_back());
    json.object().key("content").string(segment.text).key("add_special").boolean(true);
    json.key("parse_special").boolean(true).end_object();
  }
  return bodies;
}

Task<std::optional<int64_t>> LlamaTarget::ask_input_tokens(const Call& call,
                                                           AttemptContext& attempt) {
  const std::vector<std::string> bodies = questions(call, attempt);
  if (bodies.empty() || bodies.size() > kMostTexts) co_return std::nullopt;
  const SteadyUs begun_us = steady_now_us();
  auto lease = co_await server_->acquire(attempt.deadline, attempt.cancel);
  attempt.context.waited_us += steady_now_us() - begun_us;
  if (!lease) co_return std::nullopt;
  int64_t tokens = 0;
  for (const std::string& body : bodies) {
    const auto count = co_await ask(*lease, path_of(call.kind), body, attempt);
    if (!count) co_return std::nullopt;
    tokens += *count;
  }
  co_return tokens;
}

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
  const ApiCall asked = api_call(call, attempt);
  const auto body = openai_api().body(asked, attempt);
  if (!body) co_return failed(FailureKind::Unsupported, body.error());
  std::string path = "/v1";
  openai_api().append_path(asked, path);
  std::string headers;
  net::append_header(headers, "authorization", "Bearer " + lease->api_key());
  const ProviderCall request{openai_api(), url->origin, path, headers, *body, call.stream};
  result = co_await call_provider(request, attempt, sink);
  result.resources.cpu_us = lease->cpu_us();
  if (result.failure == FailureKind::None && !result.streamed) {
    if (auto read = openai_api().finish(asked, result); !read) {
      co_return failed(FailureKind::BadAnswer, std::move(read).error());
    }
  }
  co_return result;
}

}  // namespace tandem::gateway
