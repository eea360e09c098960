// Webhooks: whom the server tells by itself what happened, and what became of each telling. Plain
// values, and the pure rules about them: what is signed how, and when a delivery is tried again.
//   signature: "v1," and base64 of HMAC-SHA-256 over "id.timestamp.body" under the secret, as
//   Standard Webhooks has it (standardwebhooks.com): headers webhook-id, webhook-timestamp and
//   webhook-signature; the secret is "whsec_" and base64 of its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/config/describe.h"
#include "base/result.h"
#include "net/http/url.h"

namespace tandem::cost::webhooks {

// Of the configuration file.
struct WebhookSettings {
  static constexpr std::string_view kTypeName = "webhooks";
  bool allow_http = false;
  bool allow_private = false;

  template <class V>
  static void describe(V& v) {
    v.meaning("Where webhooks may go.");
    v.field("allow_http", &WebhookSettings::allow_http, "Also to http addresses, unencrypted.");
    v.field("allow_private", &WebhookSettings::allow_private,
            "Also to private, local and reserved addresses. What a name resolves to is checked, "
            "and no redirect is followed.");
  }
};

struct WebhookRequest {
  static constexpr std::string_view kTypeName = "webhook";
  std::string name;
  std::string url;
  std::optional<std::string> project;

  template <class V>
  static void describe(V& v) {
    v.field("name", &WebhookRequest::name, "What it is for.").required().at_most(200);
    v.field("url", &WebhookRequest::url, "Where events are POSTed to.").required().at_most(2000);
    v.field("project", &WebhookRequest::project,
            "Only events of this project; absent: of the key's project, or of the whole server "
            "for the admin key.");
  }
};

struct Webhook {
  std::string id;
  std::string name;
  std::string project;  // empty: of the whole server
  std::string url;
  int64_t version = 1;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

enum class DeliveryState : uint8_t { Pending, Delivered, Failed };
std::string_view delivery_state_name(DeliveryState state);  // "pending", "delivered", "failed"
Result<DeliveryState> parse_delivery_state(std::string_view name);

struct Delivery {
  std::string id;  // header webhook-id: the same at every attempt
  std::string webhook_id;
  std::string project;
  std::string event;  // "budget.threshold"
  std::string body;
  DeliveryState state = DeliveryState::Pending;
  int64_t attempts = 0;
  WallUs due_us = 0;
  int64_t last_status = 0;  // 0: no answer
  std::string last_error;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

// The origin and target of a webhook's URL, which may have a query. InvalidArgument says what is
// not allowed.
struct Address {
  net::Origin origin;
  std::string target;
};
Result<Address> parse_address(std::string_view url, const WebhookSettings& settings);

// "v1,…" over the three, under the bytes that `secret` stands for.
std::string signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                      std::string_view body);
// "whsec_…" of derived bytes.
std::string secret_text(std::string_view bytes);

// When attempt `attempts` + 1 follows the failure of number `attempts`; nullopt: given up. About a
// second, five, thirty, then minutes and hours, in all for a day; `random` spreads each by a fifth.
std::optional<WallUs> next_attempt_us(int64_t attempts, WallUs now_us, uint64_t random);

}  // namespace tandem::cost::webhooks
