#include "cost/webhooks/types.h"

#include <array>

#include "base/crypto/hash.h"
#include "base/text/encode.h"
#include "cost/errors.h"

namespace tandem::cost::webhooks {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::array<int64_t, 11> kDelaysS = {1,    5,     30,    120,   600,  1800,
                                              3600, 10800, 21600, 21600, 21600};

}  // namespace

std::string_view delivery_state_name(DeliveryState state) {
  switch (state) {
    case DeliveryState::Pending:
      return "pending";
    case DeliveryState::Delivered:
      return "delivered";
    case DeliveryState::Failed:
      return "failed";
  }
  return "pending";
}

Result<DeliveryState> parse_delivery_state(std::string_view name) {
  for (const auto state :
       {DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Failed}) {
    if (delivery_state_name(state) == name) return state;
  }
  return fail(errors::bad_value("state", name, "pending, delivered or failed"));
}

Result<Address> parse_address(std::string_view url, const WebhookSettings& settings) {
  const size_t query = url.find('?');
  const std::string_view base = url.substr(0, query);
  auto parsed = net::Url::parse(base);
  if (!parsed) return fail(errors::bad_webhook_url(parsed.error().message));
  if (!parsed->origin.tls && !settings.allow_http) return fail(errors::webhook_without_tls());
  Address address{parsed->origin, parsed->path.empty() ? "/" : parsed->path};
  if (base.size() > 1 && base.back() == '/' && address.target.back() != '/') address.target += '/';
  if (query != std::string_view::npos) address.target += url.substr(query);
  for (const char c : address.target) {
    if (c <= ' ' || c == 0x7f || c == '#') {
      return fail(errors::bad_webhook_url("blanks, control characters and # must be encoded"));
    }
  }
  return address;
}

std::string secret_text(std::string_view bytes) {
  return std::string(kSecretPrefix) + text::to_base64(crypto::bytes_of(bytes));
}

std::string signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                      std::string_view body) {
  if (secret.starts_with(kSecretPrefix)) secret.remove_prefix(kSecretPrefix.size());
  const std::string bytes = text::from_base64(secret).value_or(std::string(secret));
  std::string signed_text;
  signed_text.append(id).append(".").append(std::to_string(timestamp_s)).append(".").append(body);
  const crypto::HmacKey key(crypto::bytes_of(bytes));
  return "v1," + text::to_base64(key.sign(signed_text));
}

std::optional<WallUs> next_attempt_us(int64_t attempts, WallUs now_us, uint64_t random) {
  if (attempts < 1) return now_us;
  if (attempts > static_cast<int64_t>(kDelaysS.size())) return std::nullopt;
  const int64_t delay_us = kDelaysS[static_cast<size_t>(attempts - 1)] * 1'000'000;
  const int64_t spread_us = delay_us / 5;
  return now_us + delay_us + static_cast<int64_t>(random % static_cast<uint64_t>(spread_us));
}

}  // namespace tandem::cost::webhooks
