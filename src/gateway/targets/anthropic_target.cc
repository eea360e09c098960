#include "gateway/targets/anthropic_target.h"

#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/request.h"
#include "gateway/provider_kinds.h"
#include "gateway/targets/provider_call.h"
#include "gateway/translation.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

// The only version there has been since 2023; newer things come by anthropic-beta.
constexpr std::string_view kVersion = "2023-06-01";

// For answers that are never streams.
struct NoStream final : StreamSink {
  Result<void> event(std::string_view) override { return {}; }
  Task<Result<void>> flush() override { co_return Result<void>{}; }
  bool done() const override { return true; }
};

}  // namespace

Result<std::shared_ptr<AnthropicTarget>> AnthropicTarget::create(std::string provider,
                                                                 std::string model,
                                                                 const ProviderConfig& config) {
  std::shared_ptr<AnthropicTarget> target(
      new AnthropicTarget(std::move(provider), std::move(model)));
  TRY(target->base_url_, base_url_of(config));
  target->api_key_.set("", config.api_key);
  return target;
}

const messages::Dialect* AnthropicTarget::dialect() const {
  return &anthropic::dialect();
}

Result<std::string> AnthropicTarget::headers(const Call& call,
                                             const AttemptContext& attempt) const {
  auto key = api_key_.get(steady_now_us());
  if (!key) return fail(std::move(key).error().within("providers." + provider()));
  std::string block;
  net::append_header(block, "anthropic-version", kVersion);
  if (!(*key)->reveal().empty()) net::append_header(block, "x-api-key", (*key)->reveal());
  if (attempt.client_dialect == dialect()) block += call.same_dialect_headers;
  return block;
}

Result<std::string> AnthropicTarget::body(const Call& call, AttemptContext& attempt) const {
  if (attempt.client_dialect == dialect()) return anthropic::write_request(call, model());
  messages::WriteOptions options;
  options.model = model();
  options.default_max_tokens = attempt.endpoint.default_max_tokens;
  return translate_request(call, attempt, anthropic::dialect(), options);
}

Task<std::optional<int64_t>> AnthropicTarget::ask_input_tokens(const Call& call,
                                                               AttemptContext& attempt) {
  if (attempt.client_dialect != dialect()) co_return std::nullopt;
  const auto block = headers(call, attempt);
  if (!block) co_return std::nullopt;
  const std::string text = anthropic::write_request(call, model());
  const std::string path = base_url_.path + "/messages/count_tokens";
  NoStream no_stream;
  const ProviderCall request{base_url_.origin, path, *block, text, false};
  const AttemptResult answer = co_await call_provider(request, attempt, no_stream);
  if (answer.failure != FailureKind::None) co_return std::nullopt;
  boost::system::error_code error;
  const boost::json::value counted = boost::json::parse(answer.body, error);
  const auto* count =
      error || !counted.is_object() ? nullptr : counted.as_object().if_contains("input_tokens");
  if (!count || !count->is_int64()) co_return std::nullopt;
  co_return count->get_int64();
}

Task<AttemptResult> AnthropicTarget::attempt(const Call& call, AttemptContext& attempt,
                                             StreamSink& sink) {
  const auto block = headers(call, attempt);
  if (!block) co_return failed(FailureKind::Unavailable, block.error());
  const auto text = body(call, attempt);
  if (!text) co_return failed(FailureKind::Unsupported, text.error());
  const std::string path = base_url_.path + "/messages";
  const ProviderCall request{base_url_.origin, path, *block, *text, call.stream};
  co_return co_await call_provider(request, attempt, sink);
}

}  // namespace tandem::gateway
