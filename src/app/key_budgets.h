// The budgets of keys: what identity asks (identity/key_budgets.h), answered by cost.
#pragma once

#include "base/async/pool.h"
#include "cost/budget_service.h"
#include "identity/key_budgets.h"

namespace tandem::app {

class KeyBudgets final : public identity::KeyBudgets {
 public:
  // All outlive this.
  KeyBudgets(cost::BudgetService& service, const cost::Budgets& budgets, Pool& admin)
      : service_(service), budgets_(budgets), admin_(admin) {}
  Task<Result<void>> set(KeyId key, std::optional<identity::KeyBudget> budget) override;
  std::vector<identity::KeySpend> spend(const KeyId& key, WallUs now_us) const override;

 private:
  Result<void> set_now(const std::string& key, const std::optional<identity::KeyBudget>& budget);

  cost::BudgetService& service_;
  const cost::Budgets& budgets_;
  Pool& admin_;
};

}  // namespace tandem::app
