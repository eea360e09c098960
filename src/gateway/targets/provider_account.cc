#include "gateway/targets/provider_account.h"

#include "gateway/providers/registry.h"

namespace tandem::gateway {

Result<std::shared_ptr<ProviderAccount>> ProviderAccount::create(std::string provider,
                                                                 const ProviderConfig& config) {
  const ProviderApi& api = traits_of(config.kind).api();
  std::shared_ptr<ProviderAccount> account(new ProviderAccount(std::move(provider), config, api));
  TRY(account->base_url_, base_url_of(config));
  account->credential_ = api.credential(config, {"", config.api_key});
  return account;
}

}  // namespace tandem::gateway
