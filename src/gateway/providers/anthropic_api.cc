// Anthropic's Messages API.
#include <boost/json.hpp>

#include "gateway/anthropic/dialect.h"
#include "gateway/anthropic/request.h"
#include "gateway/providers/apis.h"
#include "gateway/providers/provider_api.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

// The only version there has been since 2023; newer things come by anthropic-beta.
constexpr std::string_view kVersion = "2023-06-01";

class AnthropicApi final : public ProviderApi {
 public:
  const messages::Dialect& dialect(const messages::Dialect*) const override {
    return anthropic::dialect();
  }

  // Anthropic's clients never write /v1.
  Result<net::Url> base_url(const ProviderConfig& config, std::string_view own) const override {
    TRY(net::Url url, ProviderApi::base_url(config, own));
    if (!url.path.ends_with("/v1")) url.path += "/v1";
    return url;
  }

  void append_path(const ApiCall&, std::string& path) const override { path += "/messages"; }

  void append_headers(const ApiCall& call, const AttemptContext& attempt,
                      std::string& block) const override {
    net::append_header(block, "anthropic-version", kVersion);
    if (speaks_alike(call, attempt)) block += call.call.same_dialect_headers;
  }

  std::unique_ptr<Credential> credential(const ProviderConfig&,
                                         const ProviderKey& key) const override {
    return std::make_unique<HeaderCredential>("x-api-key", "", key.key);
  }

  std::optional<std::string> count_body(const ApiCall& call, AttemptContext& attempt,
                                        std::string& path) const override {
    if (!speaks_alike(call, attempt)) return std::nullopt;
    path += "/messages/count_tokens";
    return anthropic::write_request(call.call, call.model);
  }

  std::optional<int64_t> read_count(std::string_view body) const override {
    boost::system::error_code error;
    const boost::json::value counted = boost::json::parse(body, error);
    const auto* count =
        error || !counted.is_object() ? nullptr : counted.as_object().if_contains("input_tokens");
    if (!count || !count->is_int64()) return std::nullopt;
    return count->get_int64();
  }

 protected:
  Result<std::string> pass_body(const ApiCall& call) const override {
    return anthropic::write_request(call.call, call.model);
  }
};

}  // namespace

const ProviderApi& anthropic_api() {
  static const AnthropicApi api;
  return api;
}

}  // namespace tandem::gateway
