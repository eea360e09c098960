#include "app/key_budgets.h"

namespace tandem::app {
namespace {

cost::Period to_cost(identity::BudgetPeriod period) {
  switch (period) {
    case identity::BudgetPeriod::Day:
      return cost::Period::Day;
    case identity::BudgetPeriod::Month:
      return cost::Period::Month;
    case identity::BudgetPeriod::Total:
      return cost::Period::Total;
  }
  return cost::Period::Month;
}

identity::BudgetPeriod to_identity(cost::Period period) {
  switch (period) {
    case cost::Period::Day:
      return identity::BudgetPeriod::Day;
    case cost::Period::Month:
    case cost::Period::Minute:
      return identity::BudgetPeriod::Month;
    case cost::Period::Total:
      return identity::BudgetPeriod::Total;
  }
  return identity::BudgetPeriod::Month;
}

}  // namespace

Result<void> KeyBudgets::set_now(const std::string& key,
                                 const std::optional<identity::KeyBudget>& budget) {
  for (const cost::Period period : cost::kKeptPeriods) {
    if (budget && to_cost(budget->period) == period) continue;
    auto removed = service_.remove(cost::Scope::Key, key, period, {});
    if (!removed && removed.error().code != Code::NotFound) return removed;
  }
  if (!budget) return {};
  cost::BudgetConfig config;
  config.nano_usd = budget->nano_usd;
  config.period = to_cost(budget->period);
  config.hard = budget->hard;
  TRY_VOID(service_.put(cost::Scope::Key, key, config, {}, wall_now_us()));
  return {};
}

Task<Result<void>> KeyBudgets::set(KeyId key, std::optional<identity::KeyBudget> budget) {
  const std::string id = key.str();
  auto job = [&] { return set_now(id, budget); };
  co_return co_await admin_.run(job);
}

std::vector<identity::KeySpend> KeyBudgets::spend(const KeyId& key, WallUs now_us) const {
  std::vector<identity::KeySpend> list;
  for (const cost::BudgetStatus& status : budgets_.spend(cost::Scope::Key, key.view(), now_us)) {
    if (status.period == cost::Period::Minute) continue;
    if (!status.limit && status.settled_nano_usd == 0 && status.reserved_nano_usd == 0) continue;
    identity::KeySpend spend;
    spend.period = to_identity(status.period);
    spend.settled_nano_usd = status.settled_nano_usd;
    spend.reserved_nano_usd = status.reserved_nano_usd;
    spend.resets_us = status.resets_us;
    if (status.limit) {
      spend.limit_nano_usd = status.limit->nano_usd;
      spend.hard = status.limit->enforcement == cost::Enforcement::Hard;
      spend.left_nano_usd = status.left_nano_usd();
    }
    list.push_back(spend);
  }
  return list;
}

}  // namespace tandem::app
