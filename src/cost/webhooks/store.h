// The SQL of webhooks, alerts and deliveries. Each function runs inside a transaction of the
// caller's.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cost/budget_types.h"
#include "cost/webhooks/types.h"
#include "store/db.h"

namespace tandem::cost::webhooks::sql {

Result<void> insert_webhook(store::Connection& connection, const Webhook& webhook);
Result<std::vector<Webhook>> list_webhooks(store::Connection& connection);
Result<std::optional<Webhook>> find_webhook(store::Connection& connection, std::string_view id);
// Also what is still to be sent to it.
Result<bool> delete_webhook(store::Connection& connection, std::string_view id);

// An alert as it is kept.
struct StoredAlert {
  BudgetAlert alert;
  std::string id;
  std::string project;  // empty: of no single project
  WallUs created_us = 0;
};
// False where the same threshold of the same limit and period is there already.
Result<bool> insert_alert(store::Connection& connection, const StoredAlert& alert);
// Newest first, those before `before_id` where it is given; `project` empty: of all.
Result<std::vector<StoredAlert>> list_alerts(store::Connection& connection,
                                             std::string_view project, std::string_view before_id,
                                             size_t limit);
// The project of a key, team or user, as far as the ledger knows it; empty otherwise.
Result<std::string> project_of(store::Connection& connection, Scope scope, std::string_view id);
// What a limit's scope has settled in the period that began at `start_us`.
Result<NanoUsd> settled(store::Connection& connection, Scope scope, std::string_view id,
                        Period period, WallUs start_us);

Result<void> insert_delivery(store::Connection& connection, const Delivery& delivery);
Result<std::vector<Delivery>> list_deliveries(store::Connection& connection,
                                              std::string_view project, std::string_view webhook,
                                              std::string_view state, std::string_view before_id,
                                              size_t limit);
Result<std::vector<Delivery>> due_deliveries(store::Connection& connection, WallUs now_us,
                                             size_t limit);
Result<std::optional<Delivery>> find_delivery(store::Connection& connection, std::string_view id);
// Keeps others from it until `until_us`. False where another server was faster.
Result<bool> claim(store::Connection& connection, const Delivery& delivery, WallUs until_us);
Result<void> finish(store::Connection& connection, const Delivery& delivery);
// Makes a delivery due now, whatever became of it; false where there is none.
Result<bool> send_again(store::Connection& connection, std::string_view id, WallUs now_us);

}  // namespace tandem::cost::webhooks::sql
