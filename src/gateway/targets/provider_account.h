// ProviderAccount: what all targets of one configured provider share: its API, where it is, and the
// key that is shown there. Immutable but for the credential; any thread.
#pragma once

#include <memory>
#include <string>

#include "gateway/providers/credential.h"
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
  Credential& credential() { return *credential_; }

 private:
  ProviderAccount(std::string provider, const ProviderConfig& config, const ProviderApi& api)
      : provider_(std::move(provider)), config_(config), api_(api) {}

  const std::string provider_;
  const ProviderConfig config_;
  const ProviderApi& api_;
  net::Url base_url_;
  std::unique_ptr<Credential> credential_;
};

}  // namespace tandem::gateway
