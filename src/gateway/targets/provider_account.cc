#include "gateway/targets/provider_account.h"

#include "base/random.h"
#include "gateway/providers/registry.h"

namespace tandem::gateway {

Result<std::shared_ptr<ProviderAccount>> ProviderAccount::create(std::string provider,
                                                                 const ProviderConfig& config) {
  const ProviderApi& api = api_of(config);
  std::shared_ptr<ProviderAccount> account(new ProviderAccount(std::move(provider), config, api));
  TRY(account->base_url_, base_url_of(config));
  if (config.api_keys.empty()) {
    ProviderKey only;
    only.key = config.api_key;
    only.secret_key = config.secret_key;
    only.session_token = config.session_token;
    account->credentials_.push_back(api.credential(config, only));
    return account;
  }
  account->ring_.emplace(config.api_keys);
  for (const ProviderKey& key : config.api_keys) {
    account->credentials_.push_back(api.credential(config, key));
  }
  return account;
}

Result<KeyUse> ProviderAccount::take_key(int64_t tokens, uint64_t tried, SteadyUs now_us) {
  if (!ring_) return KeyUse{};
  const std::lock_guard lock(mutex_);
  if (auto use = ring_->take(tokens, tried, random_bits(), now_us)) return *use;
  const auto wait_us = ring_->wait_us(tokens, now_us);
  Error error(Code::RateLimited,
              "Every key of the provider " + provider_ + " rests or has reached its limit.");
  if (wait_us) {
    error.retry_after_s = (*wait_us + 999'999) / 1'000'000;
  } else {
    error.message = "The call is larger than what any key of the provider " + provider_ +
                    " may use in a minute.";
  }
  return fail(std::move(error));
}

bool ProviderAccount::key_answered(const KeyUse& use, const AttemptResult& result,
                                   SteadyUs now_us) {
  if (!ring_) return false;
  const int status =
      result.failure == FailureKind::None ? 200 : result.error.upstream_status.value_or(0);
  const std::lock_guard lock(mutex_);
  return ring_->answered(use, status, result.retry_after_ms, now_us);
}

void ProviderAccount::correct(KeyUse& use, int64_t tokens) {
  if (!ring_) return;
  const std::lock_guard lock(mutex_);
  ring_->correct(use, tokens);
}

}  // namespace tandem::gateway
