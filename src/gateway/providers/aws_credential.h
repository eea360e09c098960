// An access key of AWS, with its secret and perhaps a session token, as a signature over each
// request (sigv4.h). All three are references, read again once a second: what a role's agent
// renews in files is used without a restart.
#pragma once

#include <string>

#include "gateway/config.h"
#include "gateway/providers/credential.h"

namespace tandem::gateway {

class AwsCredential final : public Credential {
 public:
  AwsCredential(const ProviderKey& key, std::string region, std::string_view service);
  Result<void> append_to(const UnsignedRequest& request, SteadyUs now_us,
                         std::string& block) const override;

 private:
  const std::string region_;
  const std::string service_;
  SecretHeader access_key_, secret_key_, session_token_;
};

}  // namespace tandem::gateway
