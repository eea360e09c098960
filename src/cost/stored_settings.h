// The SQL of what the API manages here: limits and prices as JSON bodies with a version. Each
// function runs inside a transaction of the caller's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cost/budget_types.h"
#include "store/db.h"

namespace tandem::cost::stored_settings {

struct Stored {
  std::string body;  // JSON
  int64_t version = 1;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

struct StoredBudget : Stored {
  std::string scope, id, period;
};
Result<std::vector<StoredBudget>> list_budgets(store::Connection& connection);
Result<void> put_budget(store::Connection& connection, const StoredBudget& budget);
Result<void> delete_budget(store::Connection& connection, Scope scope, std::string_view id,
                           Period period);

struct StoredPrice : Stored {
  std::string model;
};
Result<std::vector<StoredPrice>> list_prices(store::Connection& connection);
Result<void> put_price(store::Connection& connection, const StoredPrice& price);
Result<void> delete_price(store::Connection& connection, std::string_view model);

// What an entry of a price said, kept for ever. Those that are there already stay as they are.
struct StoredPriceEntry {
  std::string id, model, declared_by, body;
  WallUs first_seen_us = 0;
};
Result<void> keep_price_entries(store::Connection& connection,
                                const std::vector<StoredPriceEntry>& entries);
// The entry of `id`, or every entry that `model` ever had, oldest first.
Result<std::vector<StoredPriceEntry>> find_price_entries(store::Connection& connection,
                                                         std::string_view id,
                                                         std::string_view model);

}  // namespace tandem::cost::stored_settings
