// A model behind Anthropic's Messages API. An Anthropic client's request goes on as it came; every
// other one is translated (../translation.h).
#pragma once

#include <memory>
#include <string>

#include "gateway/target.h"
#include "gateway/targets/secret_header.h"
#include "net/http/url.h"

namespace tandem::gateway {

class AnthropicTarget final : public Target {
 public:
  // The base URL with or without /v1 at its end.
  static Result<std::shared_ptr<AnthropicTarget>> create(std::string provider, std::string model,
                                                         const ProviderConfig& config);
  bool accepts(CallKind kind) const override { return kind == CallKind::Chat; }
  const messages::Dialect* dialect() const override;
  // POST /v1/messages/count_tokens; only where the client speaks Anthropic.
  Task<std::optional<int64_t>> ask_input_tokens(const Call& call, AttemptContext& attempt) override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;

 private:
  AnthropicTarget(std::string provider, std::string model) : Target(provider, model) {}
  Result<std::string> headers(const Call& call, const AttemptContext& attempt) const;
  Result<std::string> body(const Call& call, AttemptContext& attempt) const;

  net::Url base_url_;
  SecretHeader api_key_;
};

}  // namespace tandem::gateway
