#include "cost/webhooks/store.h"

#include <fmt/format.h>

namespace tandem::cost::webhooks::sql {
namespace {

using store::Row;
using store::Statement;

constexpr std::string_view kDeliveryColumns =
    "id, webhook_id, project, event, body, state, attempts, due_us, last_status, last_error, "
    "created_us, updated_us";

constexpr Statement kWebhookInsert{
    "webhook_insert",
    "INSERT INTO webhooks (id, name, project, url, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kWebhooksList{
    "webhooks_list",
    "SELECT id, name, project, url, version, created_us, updated_us FROM webhooks ORDER BY id"};
constexpr Statement kWebhookFind{
    "webhook_find",
    "SELECT id, name, project, url, version, created_us, updated_us FROM webhooks WHERE id = ?"};
constexpr Statement kWebhookDelete{"webhook_delete", "DELETE FROM webhooks WHERE id = ?"};
constexpr Statement kPendingDelete{
    "webhook_pending_delete",
    "DELETE FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending'"};
constexpr Statement kAlertInsert{
    "budget_alert_insert",
    "INSERT INTO budget_alerts (scope, scope_id, period, start_us, kind, percent, limit_nano_usd, "
    "id, project, settled_nano_usd, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kAlertsList{
    "budget_alerts_list",
    "SELECT scope, scope_id, period, start_us, kind, percent, limit_nano_usd, id, project, "
    "settled_nano_usd, created_us FROM budget_alerts "
    "WHERE (? = '' OR project = ?) AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?"};
constexpr Statement kSettled{"budget_settled",
                             "SELECT settled_nano_usd FROM budget_sums WHERE scope = ? AND "
                             "scope_id = ? AND period = ? AND start_us = ?"};
constexpr Statement kDeliveryInsert{
    "webhook_delivery_insert",
    "INSERT INTO webhook_deliveries (id, webhook_id, project, event, body, state, attempts, "
    "due_us, last_status, last_error, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kClaim{"webhook_delivery_claim",
                           "UPDATE webhook_deliveries SET due_us = ? WHERE id = ? AND "
                           "state = 'pending' AND attempts = ? AND due_us = ?"};
constexpr Statement kFinish{
    "webhook_delivery_finish",
    "UPDATE webhook_deliveries SET state = ?, attempts = ?, due_us = ?, last_status = ?, "
    "last_error = ?, updated_us = ? WHERE id = ?"};
constexpr Statement kSendAgain{"webhook_delivery_again",
                               "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, "
                               "due_us = ? WHERE id = ?"};

std::string_view view(const std::string& text) {
  return text;
}

Webhook read_webhook(const Row& row) {
  return {row.str(0),     row.str(1),     row.str(2),    row.str(3),
          row.integer(4), row.integer(5), row.integer(6)};
}

Delivery read_delivery(const Row& row) {
  Delivery out;
  out.id = row.str(0);
  out.webhook_id = row.str(1);
  out.project = row.str(2);
  out.event = row.str(3);
  out.body = row.str(4);
  out.state = parse_delivery_state(row.text(5)).value_or(DeliveryState::Failed);
  out.attempts = row.integer(6);
  out.due_us = row.integer(7);
  out.last_status = row.integer(8);
  out.last_error = row.str(9);
  out.created_us = row.integer(10);
  out.updated_us = row.integer(11);
  return out;
}

std::string_view kind_name(AlertKind kind) {
  return kind == AlertKind::Refused ? "refused" : "threshold";
}

StoredAlert read_alert(const Row& row) {
  StoredAlert out;
  out.alert.scope = parse_scope(row.text(0)).value_or(Scope::Organisation);
  out.alert.id = row.str(1);
  out.alert.period = parse_period(row.text(2)).value_or(Period::Total);
  out.alert.period_start_us = row.integer(3);
  out.alert.kind = row.text(4) == "refused" ? AlertKind::Refused : AlertKind::Threshold;
  out.alert.percent = static_cast<int>(row.integer(5));
  out.alert.limit_nano_usd = row.integer(6);
  out.id = row.str(7);
  out.project = row.str(8);
  out.alert.settled_nano_usd = row.integer(9);
  out.created_us = row.integer(10);
  return out;
}

}  // namespace

Result<void> insert_webhook(store::Connection& connection, const Webhook& webhook) {
  TRY_VOID(
      connection.run(kWebhookInsert,
                     {view(webhook.id), view(webhook.name), view(webhook.project),
                      view(webhook.url), webhook.version, webhook.created_us, webhook.updated_us}));
  return {};
}

Result<std::vector<Webhook>> list_webhooks(store::Connection& connection) {
  return connection.list(kWebhooksList, {}, read_webhook);
}

Result<std::optional<Webhook>> find_webhook(store::Connection& connection, std::string_view id) {
  return connection.find(kWebhookFind, {id}, read_webhook);
}

Result<bool> delete_webhook(store::Connection& connection, std::string_view id) {
  TRY_VOID(connection.run(kPendingDelete, {id}));
  TRY(const int64_t gone, connection.run(kWebhookDelete, {id}));
  return gone > 0;
}

Result<bool> insert_alert(store::Connection& connection, const StoredAlert& stored) {
  const BudgetAlert& alert = stored.alert;
  TRY(const int64_t added,
      connection.run(kAlertInsert,
                     {scope_name(alert.scope), view(alert.id), period_name(alert.period),
                      alert.period_start_us, kind_name(alert.kind), int64_t{alert.percent},
                      alert.limit_nano_usd, view(stored.id), view(stored.project),
                      alert.settled_nano_usd, stored.created_us}));
  return added > 0;
}

Result<std::vector<StoredAlert>> list_alerts(store::Connection& connection,
                                             std::string_view project, std::string_view before_id,
                                             size_t limit) {
  return connection.list(kAlertsList,
                         {project, project, before_id, before_id, static_cast<int64_t>(limit)},
                         read_alert);
}

Result<std::string> project_of(store::Connection& connection, Scope scope, std::string_view id) {
  if (scope == Scope::Project) return std::string(id);
  if (scope != Scope::Key && scope != Scope::Team && scope != Scope::User) return std::string();
  const std::string column = std::string(scope_name(scope)) + "_id";
  const std::string text =
      fmt::format("SELECT project FROM ledger_names WHERE {} = ? ORDER BY no DESC LIMIT 1", column);
  TRY(const auto found, connection.find(Statement{"budget_alert_project", text}, {id},
                                        [](const Row& row) { return row.str(0); }));
  return found.value_or("");
}

Result<NanoUsd> settled(store::Connection& connection, Scope scope, std::string_view id,
                        Period period, WallUs start_us) {
  TRY(const auto found,
      connection.find(kSettled, {scope_name(scope), id, period_name(period), start_us},
                      [](const Row& row) { return row.integer(0); }));
  return found.value_or(0);
}

Result<void> insert_delivery(store::Connection& connection, const Delivery& delivery) {
  TRY_VOID(connection.run(
      kDeliveryInsert,
      {view(delivery.id), view(delivery.webhook_id), view(delivery.project), view(delivery.event),
       view(delivery.body), delivery_state_name(delivery.state), delivery.attempts, delivery.due_us,
       delivery.last_status, view(delivery.last_error), delivery.created_us, delivery.updated_us}));
  return {};
}

Result<std::vector<Delivery>> list_deliveries(store::Connection& connection,
                                              std::string_view project, std::string_view webhook,
                                              std::string_view state, std::string_view before_id,
                                              size_t limit) {
  static const std::string kList = fmt::format(
      "SELECT {} FROM webhook_deliveries WHERE (? = '' OR project = ?) AND "
      "(? = '' OR webhook_id = ?) AND (? = '' OR state = ?) AND (? = '' OR id < ?) "
      "ORDER BY id DESC LIMIT ?",
      kDeliveryColumns);
  return connection.list(Statement{"webhook_deliveries_list", kList},
                         {project, project, webhook, webhook, state, state, before_id, before_id,
                          static_cast<int64_t>(limit)},
                         read_delivery);
}

Result<std::vector<Delivery>> due_deliveries(store::Connection& connection, WallUs now_us,
                                             size_t limit) {
  static const std::string kDue = fmt::format(
      "SELECT {} FROM webhook_deliveries WHERE state = 'pending' AND due_us <= ? "
      "ORDER BY due_us LIMIT ?",
      kDeliveryColumns);
  return connection.list(Statement{"webhook_deliveries_due", kDue},
                         {now_us, static_cast<int64_t>(limit)}, read_delivery);
}

Result<std::optional<Delivery>> find_delivery(store::Connection& connection, std::string_view id) {
  static const std::string kFind =
      fmt::format("SELECT {} FROM webhook_deliveries WHERE id = ?", kDeliveryColumns);
  return connection.find(Statement{"webhook_delivery_find", kFind}, {id}, read_delivery);
}

Result<bool> claim(store::Connection& connection, const Delivery& delivery, WallUs until_us) {
  TRY(const int64_t changed,
      connection.run(kClaim, {until_us, view(delivery.id), delivery.attempts, delivery.due_us}));
  return changed == 1;
}

Result<void> finish(store::Connection& connection, const Delivery& delivery) {
  TRY_VOID(connection.run(
      kFinish,
      {delivery_state_name(delivery.state), delivery.attempts, delivery.due_us,
       delivery.last_status, view(delivery.last_error), delivery.updated_us, view(delivery.id)}));
  return {};
}

Result<bool> send_again(store::Connection& connection, std::string_view id, WallUs now_us) {
  TRY(const int64_t changed, connection.run(kSendAgain, {now_us, id}));
  return changed == 1;
}

}  // namespace tandem::cost::webhooks::sql
