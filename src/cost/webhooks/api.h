// /api/tandem/v1: webhooks, what was sent to them, and the budget alerts themselves. Thin handlers;
// changes go to the admin pool, reads to the database's readers. A key sees its own project's; the
// admin key all.
#pragma once

#include <functional>
#include <string>

#include "base/async/pool.h"
#include "cost/webhooks/types.h"
#include "net/route.h"
#include "store/db.h"

namespace tandem::cost::webhooks {

struct WebhookApi {  // all outlive the routes
  store::Db& db;
  Pool& admin;
  WebhookSettings settings;
  std::function<std::string(std::string_view webhook_id)> secret_of;
  std::function<WallUs()> now = wall_now_us;
};

net::Routes webhook_routes(const WebhookApi& api);

}  // namespace tandem::cost::webhooks
