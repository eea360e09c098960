#include "cost/api.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/time/calendar.h"
#include "cost/api_json.h"
#include "net/router.h"
#include "store/testing/test_db.h"

namespace tandem::cost {
namespace {

const WallUs kNoon = *time::parse("2026-11-24T12:00:00Z");

Principal principal_of(std::string_view project, bool every_project = false) {
  Principal principal;
  principal.project = ProjectId(project);
  principal.every_project = every_project;
  return principal;
}

TEST(QueryParameters, AreDecoded) {
  const auto read = query_parameters("a=1&b=x%20y+z&c&&d=%3D").value();
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[1].second, "x y z");
  EXPECT_EQ(read[2].first, "c");
  EXPECT_EQ(read[3].second, "=");
  EXPECT_TRUE(query_parameters("").value().empty());
  EXPECT_FALSE(query_parameters("a=%zz").has_value());
}

TEST(LedgerQueryFor, KeysOfAProjectSeeTheirProjectOnly) {
  const Principal shop = principal_of("shop");
  const LedgerQuery own = ledger_query_for(shop, "endpoint=chat").value();
  ASSERT_EQ(own.equals.size(), 2u);
  EXPECT_EQ(own.equals[1].column, "project");
  EXPECT_EQ(own.equals[1].value, "shop");
  EXPECT_TRUE(ledger_query_for(shop, "project=shop").has_value());
  EXPECT_EQ(ledger_query_for(shop, "project=desk").error().code, Code::PermissionDenied);
  EXPECT_EQ(ledger_query_for(shop, "filter=project%3Ddesk").error().code, Code::PermissionDenied);
  const LedgerQuery all = ledger_query_for(principal_of("shop", true), "project=desk").value();
  ASSERT_EQ(all.equals.size(), 1u);
  EXPECT_EQ(all.equals[0].value, "desk");
}

boost::json::object json_of(const std::function<void(json::Writer&)>& write) {
  std::string out;
  json::Writer json(out);
  write(json);
  return boost::json::parse(out).as_object();
}

TEST(BudgetJson, ShowsWhatIsPromised) {
  Budgets budgets;
  BudgetConfig config;
  config.nano_usd = 100;
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", config.to_limit(Origin::Api)).has_value());
  ScopeIds ids;
  ids.project = ProjectId("shop");
  const auto open = budgets.reserve(ids, 30, kNoon).value();
  budgets.settle(budgets.reserve(ids, 20, kNoon).value(), 15);
  const DeclaredBudget declared{
      {Scope::Project, "shop", Period::Month}, config, Origin::Api, 4, kNoon, kNoon};
  const auto statuses = budgets.statuses(kNoon);
  ASSERT_EQ(statuses.size(), 1u);
  const auto one = json_of([&](json::Writer& json) { write_budget(json, statuses[0], declared); });
  EXPECT_EQ(one.at("id").as_string(), "project/shop/month");
  EXPECT_EQ(one.at("project").as_string(), "shop");
  EXPECT_EQ(one.at("limit_nano_usd").as_int64(), 100);
  EXPECT_EQ(one.at("settled_nano_usd").as_int64(), 15);
  EXPECT_EQ(one.at("reserved_nano_usd").as_int64(), 30);
  EXPECT_EQ(one.at("left_nano_usd").as_int64(), 55);
  EXPECT_EQ(one.at("resets_at").as_string(), "2026-12-01T00:00:00.000000Z");
  EXPECT_EQ(one.at("version").as_int64(), 4);
  EXPECT_EQ(one.at("declared_by").as_string(), "api");

  const auto periods = budgets.spend(Scope::Project, "shop", kNoon);
  const std::vector<std::optional<DeclaredBudget>> known{std::nullopt, declared, std::nullopt};
  const auto scope = json_of([&](json::Writer& json) { write_scope(json, periods, known); });
  EXPECT_EQ(scope.at("limit_nano_usd").as_int64(), 100);
  ASSERT_EQ(scope.at("periods").as_array().size(), 3u);
  const auto& total = scope.at("periods").as_array()[2].as_object();
  EXPECT_TRUE(total.at("limit_nano_usd").is_null());
  EXPECT_TRUE(total.at("resets_at").is_null());
  EXPECT_EQ(total.at("settled_nano_usd").as_int64(), 15);
  budgets.release(open);
}

TEST(PriceJson, HoldsExactDecimals) {
  PriceConfig config;
  config.input = UsdPerMillion::parse("0.0375").value();
  const ListedPrice price{"m", config, DeclaredBy::File, 1, kNoon, kNoon};
  std::string out;
  json::Writer json(out);
  write_price(json, price, kNoon);
  EXPECT_NE(out.find(R"("input":0.0375)"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("declared_by":"file")"), std::string::npos);
}

TEST(CostRoutes, FormATableThatTheRouterTakes) {
  store::testing::TestDb db(store::Dialect::Sqlite);
  Budgets budgets;
  PriceBook book;
  BudgetService budget_service(*db, budgets);
  PriceService price_service(*db, book);
  Pool admin("admin", 1, 1);
  const CostApi api{*db, budgets, budget_service, price_service, admin};
  net::Routes routes = cost_routes(api);
  EXPECT_EQ(routes.size(), 10u);
  for (const net::Route& route : routes) {
    const bool is_change = route.method != net::Method::Get;
    EXPECT_EQ(is_change, !route.audit_action.empty()) << route.pattern;
    EXPECT_EQ(is_change, route.permission.access == net::Access::Admin) << route.pattern;
  }
  EXPECT_TRUE(net::Router::build(std::move(routes)).has_value());
}

}  // namespace
}  // namespace tandem::cost
