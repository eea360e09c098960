#include "cost/stored_settings.h"

namespace tandem::cost::stored_settings {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kBudgetsList{
    "cost_budgets_list",
    "SELECT scope, scope_id, period, body, version, created_us, updated_us FROM budgets "
    "ORDER BY scope, scope_id, period"};
constexpr Statement kBudgetPut{
    "cost_budget_put",
    "INSERT INTO budgets (scope, scope_id, period, body, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, scope_id, period) DO UPDATE SET "
    "body = excluded.body, version = excluded.version, updated_us = excluded.updated_us"};
constexpr Statement kBudgetDelete{
    "cost_budget_delete", "DELETE FROM budgets WHERE scope = ? AND scope_id = ? AND period = ?"};
constexpr Statement kPricesList{
    "cost_prices_list",
    "SELECT model, body, version, created_us, updated_us FROM prices ORDER BY model"};
constexpr Statement kPricePut{
    "cost_price_put",
    "INSERT INTO prices (model, body, version, created_us, updated_us) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (model) DO UPDATE SET "
    "body = excluded.body, version = excluded.version, updated_us = excluded.updated_us"};
constexpr Statement kPriceDelete{"cost_price_delete", "DELETE FROM prices WHERE model = ?"};

std::string_view view(const std::string& text) {
  return text;
}

void read_stored(const Row& row, int first, Stored& into) {
  into.body = row.str(first);
  into.version = row.integer(first + 1);
  into.created_us = row.integer(first + 2);
  into.updated_us = row.integer(first + 3);
}

}  // namespace

Result<std::vector<StoredBudget>> list_budgets(store::Connection& connection) {
  return connection.list(kBudgetsList, {}, [](const Row& row) {
    StoredBudget budget;
    budget.scope = row.str(0);
    budget.id = row.str(1);
    budget.period = row.str(2);
    read_stored(row, 3, budget);
    return budget;
  });
}

Result<void> put_budget(store::Connection& connection, const StoredBudget& budget) {
  TRY_VOID(connection.run(
      kBudgetPut, {view(budget.scope), view(budget.id), view(budget.period), view(budget.body),
                   budget.version, budget.created_us, budget.updated_us}));
  return {};
}

Result<void> delete_budget(store::Connection& connection, Scope scope, std::string_view id,
                           Period period) {
  TRY_VOID(connection.run(kBudgetDelete, {scope_name(scope), id, period_name(period)}));
  return {};
}

Result<std::vector<StoredPrice>> list_prices(store::Connection& connection) {
  return connection.list(kPricesList, {}, [](const Row& row) {
    StoredPrice price;
    price.model = row.str(0);
    read_stored(row, 1, price);
    return price;
  });
}

Result<void> put_price(store::Connection& connection, const StoredPrice& price) {
  TRY_VOID(connection.run(kPricePut, {view(price.model), view(price.body), price.version,
                                      price.created_us, price.updated_us}));
  return {};
}

Result<void> delete_price(store::Connection& connection, std::string_view model) {
  TRY_VOID(connection.run(kPriceDelete, {model}));
  return {};
}

}  // namespace tandem::cost::stored_settings
