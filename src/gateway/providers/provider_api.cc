#include "gateway/providers/provider_api.h"

#include "gateway/translation.h"

namespace tandem::gateway {

bool speaks_alike(const ApiCall& call, const AttemptContext& attempt) {
  return !attempt.client_dialect || attempt.client_dialect == &call.dialect;
}

Result<net::Url> ProviderApi::base_url(const ProviderConfig& config, std::string_view own) const {
  return net::Url::parse(config.base_url.empty() ? own : std::string_view(config.base_url));
}

Result<std::string> ProviderApi::body(const ApiCall& call, AttemptContext& attempt) const {
  if (speaks_alike(call, attempt) && attempt.said.empty()) return pass_body(call);
  messages::WriteOptions options;
  options.model = call.model;
  options.default_max_tokens = attempt.endpoint.default_max_tokens;
  options.stream_usage = call.config.stream_usage;
  return translate_request(call.call, attempt, call.dialect, options);
}

Result<std::string> ProviderApi::pass_body(const ApiCall&) const {
  return fail(Code::InvalidArgument, "The provider takes no call of this kind.");
}

std::unique_ptr<Credential> ProviderApi::credential(const ProviderConfig&,
                                                    const ProviderKey& key) const {
  return std::make_unique<HeaderCredential>("authorization", "Bearer ", key.key);
}

openai::ProviderError ProviderApi::read_error(const net::Headers&, std::string body) const {
  return openai::read_error(std::move(body));
}

}  // namespace tandem::gateway
