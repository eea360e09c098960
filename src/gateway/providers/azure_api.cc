// Azure OpenAI: OpenAI's protocol at deployments of one's own. Without `api_version` the paths are
// those of the API's version 1 (/openai/v1/…, the deployment is the model); with one they name the
// deployment (/openai/deployments/{deployment}/…?api-version=…).
#include "gateway/providers/apis.h"
#include "gateway/providers/openai_api.h"
#include "gateway/providers/path_segment.h"

namespace tandem::gateway {
namespace {

class AzureApi final : public OpenAiApi {
 public:
  // The resource's address, with or without /openai/v1 at its end.
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (url.path.ends_with("/v1")) url.path.resize(url.path.size() - 3);
    if (!url.path.ends_with("/openai")) url.path += "/openai";
    return url;
  }

  void append_path(const ApiCall& call, std::string& path) const override {
    const std::string& version = call.config.api_version;
    const bool dated = !version.empty() && version[0] >= '0' && version[0] <= '9';
    if (dated) {
      path += "/deployments/";
      append_segment(path, call.model);
    } else {
      path += "/v1";
    }
    OpenAiApi::append_path(call, path);
    if (version.empty() || version == "v1") return;
    path += "?api-version=";
    append_segment(path, version);
  }

  std::unique_ptr<Credential> credential(const ProviderConfig& config,
                                         const ProviderKey& key) const override {
    if (config.auth == ProviderAuth::Bearer) return ProviderApi::credential(config, key);
    return std::make_unique<HeaderCredential>("api-key", "", key.key);
  }
};

}  // namespace

const ProviderApi& azure_api() {
  static const AzureApi api;
  return api;
}

}  // namespace tandem::gateway
