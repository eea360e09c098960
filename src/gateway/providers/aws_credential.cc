#include "gateway/providers/aws_credential.h"

#include "gateway/providers/sigv4.h"

namespace tandem::gateway {

AwsCredential::AwsCredential(const ProviderKey& key, std::string region, std::string_view service)
    : region_(std::move(region)), service_(service) {
  access_key_.set("", key.key);
  secret_key_.set("", key.secret_key);
  session_token_.set("", key.session_token);
}

Result<void> AwsCredential::append_to(const UnsignedRequest& request, SteadyUs now_us,
                                      std::string& block) const {
  TRY(const auto access_key, access_key_.get(now_us));
  TRY(const auto secret_key, secret_key_.get(now_us));
  TRY(const auto session_token, session_token_.get(now_us));
  const std::string host = request.origin.authority();
  append_signature({"POST", host, request.path, request.body, "application/json"},
                   {access_key->reveal(), secret_key->reveal(), session_token->reveal()},
                   {region_, service_}, wall_now_us(), block);
  return {};
}

}  // namespace tandem::gateway
