#include "cost/stored_settings.h"

#include "store/insert_rows.h"

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
constexpr Statement kPriceEntriesFind{
    "cost_price_entries_find",
    "SELECT id, model, declared_by, body, first_seen_us FROM price_entries "
    "WHERE id = ? OR model = ? ORDER BY first_seen_us, id LIMIT 1000"};
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

Result<void> keep_price_entries(store::Connection& connection,
                                const std::vector<StoredPriceEntry>& entries) {
  static const store::InsertRows kKeep(
      "cost_price_entries_keep", "price_entries (id, model, declared_by, body, first_seen_us)", 5,
      "ON CONFLICT DO NOTHING");
  std::vector<store::Param> params;
  for (const StoredPriceEntry& entry : entries) {
    params.emplace_back(view(entry.id));
    params.emplace_back(view(entry.model));
    params.emplace_back(view(entry.declared_by));
    params.emplace_back(view(entry.body));
    params.emplace_back(entry.first_seen_us);
  }
  TRY_VOID(kKeep.run(connection, params));
  return {};
}

Result<std::vector<StoredPriceEntry>> find_price_entries(store::Connection& connection,
                                                         std::string_view id,
                                                         std::string_view model) {
  return connection.list(kPriceEntriesFind, {id, model}, [](const Row& row) {
    return StoredPriceEntry{row.str(0), row.str(1), row.str(2), row.str(3), row.integer(4)};
  });
}

Result<void> delete_price(store::Connection& connection, std::string_view model) {
  TRY_VOID(connection.run(kPriceDelete, {model}));
  return {};
}

}  // namespace tandem::cost::stored_settings
