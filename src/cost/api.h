// /api/tandem/v1: ledger, budgets and prices. Thin handlers; changes go to the admin pool, reads of
// the ledger to the database's readers, everything else is answered from memory.
#pragma once

#include <functional>
#include <string_view>

#include "base/async/pool.h"
#include "base/context.h"
#include "cost/budget_service.h"
#include "cost/ledger_query.h"
#include "cost/price_service.h"
#include "net/route.h"
#include "store/db.h"

namespace tandem::cost {

struct CostApi {  // all outlive the routes
  store::Db& db;
  const Budgets& budgets;
  BudgetService& budget_service;
  PriceService& price_service;
  Pool& admin;
  // Which scopes a key may see and change. Empty: a key of the whole server all of them; another
  // sees its own project, team, user and key, and changes nothing. App widens this with identity.
  std::function<bool(const Principal&, Scope, std::string_view id)> may_see = {};
  std::function<bool(const Principal&, Scope, std::string_view id)> may_change = {};
  std::function<WallUs()> now = wall_now_us;
};

net::Routes cost_routes(const CostApi& api);

// The parameters of a request's query string, decoded; InvalidArgument for malformed escapes.
Result<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query);

// The query as `principal` may ask it: without the right to every project, its own project only.
Result<LedgerQuery> ledger_query_for(const Principal& principal, std::string_view query);

}  // namespace tandem::cost
