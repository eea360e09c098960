// BudgetService: which limits are declared, by file and by API, kept in step with Budgets. What the
// file declares is read-only here. Blocking: every method runs on the admin pool (one thread, so
// changes follow each other) or at start, but for find(), which any thread may call.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/config/write.h"
#include "cost/budgets.h"
#include "cost/config.h"
#include "cost/price_service.h"
#include "store/db.h"

namespace tandem::cost {

struct BudgetName {
  Scope scope = Scope::Project;
  std::string id;
  Period period = Period::Month;

  friend auto operator<=>(const BudgetName&, const BudgetName&) = default;
};

struct DeclaredBudget {
  BudgetName name;
  BudgetConfig config;
  Origin origin = Origin::Api;
  int64_t version = 1;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

struct AppliedBudget {
  DeclaredBudget budget;
  bool created = false;
  std::vector<config::Change> changes;
};

// A limit of the configuration file, such as projects.default.budget.
struct FileBudget {
  Scope scope = Scope::Project;
  std::string id;
  BudgetConfig config;
};

class BudgetService {
 public:
  // Both outlive the service.
  BudgetService(store::Db& db, Budgets& budgets) : db_(db), budgets_(budgets) {}

  // At start and on reload of the file: limits of the file that are gone go here, too.
  Result<void> load(const std::vector<FileBudget>& file, WallUs now_us);

  // Sets the limit of `config.period`; the limits of other periods stay.
  Result<AppliedBudget> put(Scope scope, const std::string& id, const BudgetConfig& config,
                            Expected expected, WallUs now_us);
  // One period, or all of the scope's; NotFound where there is none.
  Result<void> remove(Scope scope, const std::string& id, std::optional<Period> period,
                      Expected expected);

  std::optional<DeclaredBudget> find(const BudgetName& name) const;

 private:
  Result<void> check_change(const DeclaredBudget& before, Expected expected) const;

  store::Db& db_;
  Budgets& budgets_;
  mutable std::mutex mutex_;  // of `declared_`, which find() reads
  std::map<BudgetName, DeclaredBudget> declared_;
};

}  // namespace tandem::cost
