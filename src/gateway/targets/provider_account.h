// ProviderAccount: what all targets of one configured provider share: its API, where it is, and its
// keys. Any thread; where there are several keys, one short mutex guards which of them rest and
// what was used of their limits, because limits hold for all threads together.
//   TRY(auto held, account.take_key(tokens, tried, now_us));
//   … account.key_answered(held, result, now_us) …
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/providers/credential.h"
#include "gateway/providers/key_ring.h"
#include "gateway/providers/provider_api.h"

namespace tandem::gateway {

class ProviderAccount {
 public:
  // InvalidArgument where base_url is none.
  static Result<std::shared_ptr<ProviderAccount>> create(std::string provider,
                                                         const ProviderConfig& config);

  const std::string& provider() const { return provider_; }
  const ProviderApi& api() const { return api_; }
  const ProviderConfig& config() const { return config_; }
  const net::Url& base_url() const { return base_url_; }

  bool has_one_key() const { return !ring_; }
  // The key for a call of about `tokens`, out of those that `tried` does not name by its bits.
  // RateLimited: every one rests or is at its limit; its retry_after_s says for how long.
  Result<KeyUse> take_key(int64_t tokens, uint64_t tried, SteadyUs now_us);
  Credential& credential(const KeyUse& use) { return *credentials_[use.key]; }
  // Notes what came back. True where the answer is the key's fault and the key rests.
  bool key_answered(const KeyUse& use, const AttemptResult& result, SteadyUs now_us);
  void correct(KeyUse& use, int64_t tokens);
  // Empty where there is only one key and nobody needs its name.
  std::string_view key_name(const KeyUse& use) const {
    return ring_ ? std::string_view(ring_->key(use.key).name) : std::string_view();
  }

 private:
  ProviderAccount(std::string provider, const ProviderConfig& config, const ProviderApi& api)
      : provider_(std::move(provider)), config_(config), api_(api) {}

  const std::string provider_;
  const ProviderConfig config_;
  const ProviderApi& api_;
  net::Url base_url_;
  std::vector<std::unique_ptr<Credential>> credentials_;  // one for each key
  std::mutex mutex_;
  std::optional<KeyRing> ring_;  // where api_keys are configured
};

}  // namespace tandem::gateway
