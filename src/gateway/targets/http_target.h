// A model behind a provider's HTTP API, whatever the provider: what differs stands in its
// ProviderApi (../providers/provider_api.h, which says how to add one). A request in the provider's
// own dialect goes on as it came but for the fields that Tandem acts on; every other one is
// translated (../translation.h).
#pragma once

#include <memory>
#include <string>

#include "gateway/target.h"
#include "gateway/targets/provider_account.h"

namespace tandem::gateway {

class HttpTarget final : public Target {
 public:
  HttpTarget(std::shared_ptr<ProviderAccount> account, std::string model)
      : Target(account->provider(), std::move(model)), account_(std::move(account)) {}

  bool accepts(CallKind kind) const override { return account_->api().accepts(kind); }
  const messages::Dialect* dialect(const messages::Dialect* asked) const override {
    return &account_->api().dialect(asked);
  }
  Task<std::optional<int64_t>> ask_input_tokens(const Call& call, AttemptContext& attempt) override;
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt, StreamSink& sink) override;
  void correct(KeyUse& use, int64_t tokens) const override { account_->correct(use, tokens); }

 private:
  ApiCall api_call(const Call& call, const AttemptContext& attempt) const {
    return {call, account_->config(), account_->api().dialect(attempt.client_dialect), model(),
            attempt.client_dialect};
  }
  struct Outgoing {
    std::string_view path;
    std::string_view body;
    std::string& proof;  // gets the header fields that prove us
    bool stream = false;
  };
  // One exchange with that key.
  Task<AttemptResult> send(const ApiCall& call, const Outgoing& outgoing, const KeyUse& use,
                           AttemptContext& attempt, StreamSink& sink);
  // With one key after the other, while it is the key that is at fault.
  Task<AttemptResult> send_with_some_key(const ApiCall& call, const Outgoing& outgoing,
                                         AttemptContext& attempt, StreamSink& sink);

  std::shared_ptr<ProviderAccount> account_;
};

}  // namespace tandem::gateway
