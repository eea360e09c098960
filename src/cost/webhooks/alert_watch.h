// AlertWatch: notices which budgets passed a threshold, writes each down once, and makes the
// deliveries of it. It reads what the ledger has added up, not what happens on the path of calls,
// so that several servers see one sum and a restart forgets nothing. Blocking, one thread; off the
// request path.
//   AlertWatch watch(db, budgets, settings);
//   chores.add({"budget alerts", 1000, [&] { return watch.look(wall_now_us()); }});
//   Budgets budgets([&](const BudgetAlert& alert) { watch.note_refusal(alert); });
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cost/budgets.h"
#include "cost/webhooks/store.h"

namespace tandem::cost::webhooks {

class AlertWatch {
 public:
  // Both outlive it.
  AlertWatch(store::Db& db, const Budgets& budgets) : db_(db), budgets_(budgets) {}

  // Looks at every limit: of the current periods, and shortly after midnight of those that ended.
  Result<void> look(WallUs now_us);

  // That a hard limit refused a call for the first time in its period. From the thread of that
  // call: only remembered here.
  void note_refusal(const BudgetAlert& alert);

 private:
  // What identifies an alert.
  using Name = std::tuple<Scope, std::string, Period, WallUs, AlertKind, int, NanoUsd>;
  static Name name_of(const BudgetAlert& alert);

  Result<void> look_at(WallUs time_us, WallUs now_us);
  Result<NanoUsd> settled(const BudgetStatus& status);
  Result<void> write(const BudgetAlert& alert, WallUs now_us);

  store::Db& db_;
  const Budgets& budgets_;
  std::set<Name> written_;  // of the current and the last periods; the database knows all
  std::mutex mutex_;
  std::vector<BudgetAlert> refusals_;  // that wait, at most kMaxRefusals
};

// The body of the event: {"type", "timestamp", "data": {…}}.
std::string alert_body(const sql::StoredAlert& stored);
std::string_view alert_event(AlertKind kind);  // "budget.threshold", "budget.refused"

}  // namespace tandem::cost::webhooks
