#include "cost/budget_service.h"

#include "base/config/read.h"
#include "base/log.h"
#include "cost/errors.h"
#include "cost/stored_settings.h"

namespace tandem::cost {
namespace {

std::string described(const BudgetName& name) {
  return "The " + std::string(period_name(name.period)) + " budget of " +
         std::string(scope_name(name.scope)) + " " + name.id;
}

stored_settings::StoredBudget to_stored(const DeclaredBudget& budget) {
  stored_settings::StoredBudget stored;
  stored.scope = scope_name(budget.name.scope);
  stored.id = budget.name.id;
  stored.period = period_name(budget.name.period);
  stored.body = config::to_json(budget.config);
  stored.version = budget.version;
  stored.created_us = budget.created_us;
  stored.updated_us = budget.updated_us;
  return stored;
}

Result<DeclaredBudget> from_stored(const stored_settings::StoredBudget& stored) {
  DeclaredBudget budget;
  TRY(budget.name.scope, parse_scope(stored.scope));
  TRY(budget.config, config::read_body<BudgetConfig>(stored.body));
  budget.name.id = stored.id;
  budget.name.period = budget.config.period;
  budget.version = stored.version;
  budget.created_us = stored.created_us;
  budget.updated_us = stored.updated_us;
  return budget;
}

}  // namespace

Result<void> BudgetService::load(const std::vector<FileBudget>& file, WallUs now_us) {
  std::map<BudgetName, DeclaredBudget> next;
  TRY(const auto stored, db_.read_now([](store::Connection& connection) {
    return stored_settings::list_budgets(connection);
  }));
  for (const auto& each : stored) {
    TRY(DeclaredBudget budget, from_stored(each));
    next.emplace(budget.name, std::move(budget));
  }
  for (const FileBudget& each : file) {
    const BudgetName name{each.scope, each.id, each.config.period};
    const DeclaredBudget budget{name, each.config, Origin::File, 1, now_us, now_us};
    if (!next.emplace(name, budget).second) {
      log::warn("cost", "{} from the configuration file hides one of the API", described(name));
      next[name] = budget;
    }
  }
  std::lock_guard lock(mutex_);
  for (const auto& [name, budget] : declared_) {
    if (!next.contains(name)) budgets_.remove_limit(name.scope, name.id, name.period);
  }
  for (const auto& [name, budget] : next) {
    TRY_VOID(budgets_.set_limit(name.scope, name.id, budget.config.to_limit(budget.origin)));
  }
  declared_ = std::move(next);
  return {};
}

Result<void> BudgetService::check_change(const DeclaredBudget& before, Expected expected) const {
  if (before.origin == Origin::File) {
    return fail(errors::budget_from_file(scope_name(before.name.scope), before.name.id));
  }
  if (expected.version && *expected.version != before.version) {
    return fail(
        errors::version_conflict(described(before.name), *expected.version, before.version));
  }
  return {};
}

Result<AppliedBudget> BudgetService::put(Scope scope, const std::string& id,
                                         const BudgetConfig& config, Expected expected,
                                         WallUs now_us) {
  TRY_VOID(check_id_text(id, scope_name(scope)));
  TRY_VOID(checked(config.to_limit(Origin::Api)));
  const BudgetName name{scope, id, config.period};
  AppliedBudget applied;
  std::optional<DeclaredBudget> before = find(name);
  applied.created = !before.has_value();
  if (!before) before = DeclaredBudget{name, BudgetConfig{}, Origin::Api, 0, now_us, now_us};
  TRY_VOID(check_change(*before, expected));
  applied.changes = config::diff(before->config, config);
  applied.budget = {name, config, Origin::Api, before->version + 1, before->created_us, now_us};
  if (expected.dry_run) return applied;
  TRY_VOID(db_.write_now([&](store::Connection& connection) {
    return stored_settings::put_budget(connection, to_stored(applied.budget));
  }));
  TRY_VOID(budgets_.set_limit(scope, id, config.to_limit(Origin::Api)));
  std::lock_guard lock(mutex_);
  declared_[name] = applied.budget;
  return applied;
}

Result<void> BudgetService::remove(Scope scope, const std::string& id, std::optional<Period> period,
                                   Expected expected) {
  std::vector<BudgetName> names;
  for (Period each : kAllPeriods) {
    const BudgetName name{scope, id, each};
    const auto found = period.value_or(each) == each ? find(name) : std::nullopt;
    if (!found) continue;
    TRY_VOID(check_change(*found, expected));
    names.push_back(name);
  }
  if (names.empty()) return fail(errors::budget_not_found(scope_name(scope), id));
  TRY_VOID(db_.write_now([&](store::Connection& connection) -> Result<void> {
    for (const BudgetName& name : names) {
      TRY_VOID(stored_settings::delete_budget(connection, scope, id, name.period));
    }
    return {};
  }));
  std::lock_guard lock(mutex_);
  for (const BudgetName& name : names) {
    budgets_.remove_limit(scope, id, name.period);
    declared_.erase(name);
  }
  return {};
}

std::optional<DeclaredBudget> BudgetService::find(const BudgetName& name) const {
  std::lock_guard lock(mutex_);
  const auto found = declared_.find(name);
  return found == declared_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tandem::cost
