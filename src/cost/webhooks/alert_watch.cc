#include "cost/webhooks/alert_watch.h"

#include "base/ids.h"
#include "base/json/writer.h"
#include "base/log.h"

namespace tandem::cost::webhooks {
namespace {

constexpr size_t kScopesAtOnce = 100;  // calls wait meanwhile
constexpr size_t kMaxRefusals = 1'000;
constexpr size_t kMaxWritten = 100'000;
// Calls that were admitted before midnight are settled after it.
constexpr WallUs kAfterMidnightUs = int64_t{30} * 60 * 1'000'000;

}  // namespace

std::string_view alert_event(AlertKind kind) {
  return kind == AlertKind::Refused ? "budget.refused" : "budget.threshold";
}

std::string alert_body(const sql::StoredAlert& stored) {
  const BudgetAlert& alert = stored.alert;
  const auto end_us = period_end(alert.period, alert.period_start_us);
  std::string body;
  json::Writer json(body);
  json.object().key("type").string(alert_event(alert.kind));
  json.key("timestamp").string(to_rfc3339(stored.created_us));
  json.key("data").object().key("id").string(stored.id);
  json.key("scope").string(scope_name(alert.scope)).key("scope_id").string(alert.id);
  json.key("project").string_or_null(stored.project);
  json.key("period").string(period_name(alert.period));
  json.key("period_starts_at");
  alert.period == Period::Total ? json.null() : json.string(to_rfc3339(alert.period_start_us));
  json.key("resets_at").string_or_null(end_us ? to_rfc3339(*end_us) : std::string());
  json.key("percent").integer(alert.percent);
  json.key("limit_nano_usd").integer(alert.limit_nano_usd);
  json.key("settled_nano_usd").integer(alert.settled_nano_usd);
  json.end_object().end_object();
  return body;
}

AlertWatch::Name AlertWatch::name_of(const BudgetAlert& alert) {
  return {alert.scope, alert.id,      alert.period,        alert.period_start_us,
          alert.kind,  alert.percent, alert.limit_nano_usd};
}

void AlertWatch::note_refusal(const BudgetAlert& alert) {
  // Thresholds are seen in the sums, and a minute is a rate.
  if (alert.kind != AlertKind::Refused || alert.period == Period::Minute) return;
  const std::lock_guard lock(mutex_);
  if (refusals_.size() < kMaxRefusals) refusals_.push_back(alert);
}

Result<void> AlertWatch::look(WallUs now_us) {
  if (written_.size() > kMaxWritten) written_.clear();
  TRY_VOID(look_at(now_us, now_us));
  if (now_us - period_start(Period::Day, now_us) < kAfterMidnightUs) {
    TRY_VOID(look_at(period_start(Period::Day, now_us) - 1, now_us));
  }
  std::vector<BudgetAlert> refusals;
  {
    const std::lock_guard lock(mutex_);
    refusals.swap(refusals_);
  }
  for (size_t i = 0; i < refusals.size(); ++i) {
    if (auto written = write(refusals[i], now_us); !written) {
      const std::lock_guard lock(mutex_);
      refusals_.insert(refusals_.begin(), refusals.begin() + static_cast<ptrdiff_t>(i),
                       refusals.end());
      return written;
    }
  }
  return {};
}

Result<void> AlertWatch::look_at(WallUs time_us, WallUs now_us) {
  std::optional<Budgets::ScopeName> after;
  while (true) {
    const auto statuses = budgets_.statuses(time_us, kScopesAtOnce, after);
    if (statuses.empty()) return {};
    for (const BudgetStatus& status : statuses) {
      after = {status.scope, status.id};
      if (!status.limit || status.period == Period::Minute) continue;
      TRY(const NanoUsd settled_nano_usd, settled(status));
      for (const int percent : status.limit->alert_percents) {
        const NanoUsd limit = status.limit->nano_usd;
        if (settled_nano_usd <= 0 || __int128{settled_nano_usd} * 100 < __int128{limit} * percent) {
          break;  // they ascend
        }
        const BudgetAlert alert{AlertKind::Threshold, status.scope, status.id,        status.period,
                                status.starts_us,     percent,      settled_nano_usd, limit};
        TRY_VOID(write(alert, now_us));
      }
    }
  }
}

// One server's memory is the whole truth where the database is its own; else the sums of all are.
Result<NanoUsd> AlertWatch::settled(const BudgetStatus& status) {
  if (db_.dialect() == store::Dialect::Sqlite) return status.settled_nano_usd;
  return db_.read_now([&](store::Connection& connection) {
    return sql::settled(connection, status.scope, status.id, status.period, status.starts_us);
  });
}

Result<void> AlertWatch::write(const BudgetAlert& alert, WallUs now_us) {
  if (written_.contains(name_of(alert))) return {};
  sql::StoredAlert stored{alert, RequestId::make("alert").str(), "", now_us};
  TRY(stored.project, db_.read_now([&](store::Connection& connection) {
    return sql::project_of(connection, alert.scope, alert.id);
  }));
  // Memory is ahead of the ledger by a moment: whose it is will be known at the next look.
  const bool of_a_project =
      alert.scope == Scope::Key || alert.scope == Scope::Team || alert.scope == Scope::User;
  if (of_a_project && stored.project.empty() && alert.kind == AlertKind::Threshold) return {};
  TRY(const bool added, db_.write_now([&](store::Connection& connection) -> Result<bool> {
    TRY(const bool is_new, sql::insert_alert(connection, stored));
    if (!is_new) return false;
    TRY(const auto webhooks, sql::list_webhooks(connection));
    for (const Webhook& webhook : webhooks) {
      if (!webhook.project.empty() && webhook.project != stored.project) continue;
      Delivery delivery;
      delivery.id = RequestId::make("msg").str();
      delivery.webhook_id = webhook.id;
      delivery.project = webhook.project;
      delivery.event = alert_event(alert.kind);
      delivery.body = alert_body(stored);
      delivery.due_us = delivery.created_us = delivery.updated_us = now_us;
      TRY_VOID(sql::insert_delivery(connection, delivery));
    }
    return true;
  }));
  written_.insert(name_of(alert));
  if (!added) return {};
  log::warn("cost", "the {} budget of {} {} {}: {} of {} nano-dollars are spent",
            period_name(alert.period), scope_name(alert.scope), alert.id,
            alert.kind == AlertKind::Refused ? std::string("refused its first call")
                                             : "passed " + std::to_string(alert.percent) + " %",
            alert.settled_nano_usd, alert.limit_nano_usd);
  return {};
}

}  // namespace tandem::cost::webhooks
