// KeyBudgets: what identity asks of whoever keeps budgets. app wires it to cost; without it, keys
// cannot be given budgets. Called on io threads; outlives Identity.
#pragma once

#include <optional>
#include <vector>

#include "base/async/task.h"
#include "base/clock.h"
#include "base/ids.h"
#include "identity/types.h"

namespace tandem::identity {

// Spending of one key in the current period.
struct KeySpend {
  BudgetPeriod period = BudgetPeriod::Month;
  std::optional<int64_t> limit_nano_usd;
  bool hard = true;
  int64_t settled_nano_usd = 0;
  int64_t reserved_nano_usd = 0;
  std::optional<int64_t> left_nano_usd;
  std::optional<WallUs> resets_us;
};

class KeyBudgets {
 public:
  virtual ~KeyBudgets() = default;
  // Replaces the key's limit; nullopt removes it. Durable when it returns.
  virtual Task<Result<void>> set(KeyId key, std::optional<KeyBudget> budget) = 0;
  // Every period with a limit or spending.
  virtual std::vector<KeySpend> spend(const KeyId& key, WallUs now_us) const = 0;
};

// The budget among what is spent, as it was asked for.
std::optional<KeyBudget> budget_of(const std::vector<KeySpend>& spend);

}  // namespace tandem::identity
