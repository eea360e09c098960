// Prices and budgets that the API manages: what is stored, what the file hides, what is in force.
#include <gtest/gtest.h>

#include "base/config/read.h"
#include "cost/budget_service.h"
#include "cost/price_service.h"
#include "cost/stored_settings.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using testing::kNoon;
using testing::must;

PriceConfig price(std::string_view json) {
  return must(config::read_body<PriceConfig>(json));
}
BudgetConfig budget(std::string_view json) {
  return must(config::read_body<BudgetConfig>(json));
}

class ServiceTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  ServiceTest() : db_(GetParam()) { must(store::migrate(*db_, migrations())); }
  int64_t input_price(std::string_view model) {
    const Price* found = book_.current()->find(model);
    return found == nullptr ? -1 : found->rates.rate(PriceClass::Input);
  }
  // What a restart finds.
  void restart_prices(const PriceConfigs& file) {
    prices_ = std::make_unique<PriceService>(*db_, book_);
    must(prices_->load(file, kNoon));
  }
  void restart_budgets(const std::vector<FileBudget>& file) {
    budgets_ = std::make_unique<Budgets>();
    service_ = std::make_unique<BudgetService>(*db_, *budgets_);
    must(service_->load(file, kNoon));
  }
  std::optional<Limit> limit(Scope scope, std::string_view id, Period period) {
    return budgets_->spend(scope, id, kNoon)[static_cast<size_t>(period)].limit;
  }

  store::testing::TestDb db_;
  PriceBook book_;
  std::unique_ptr<PriceService> prices_;
  std::unique_ptr<Budgets> budgets_;
  std::unique_ptr<BudgetService> service_;
};
INSTANTIATE_TEST_SUITE_P(Both, ServiceTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(ServiceTest, PricesAreSetReplacedAndRemoved) {
  restart_prices({});
  EXPECT_EQ(input_price("gpt-4o-mini"), 150'000) << "built in";
  AppliedPrice applied = must(prices_->put("gpt-4o-mini", price(R"({"input": 7})"), {}, kNoon));
  EXPECT_TRUE(applied.created);
  EXPECT_EQ(applied.price.version, 1);
  EXPECT_EQ(input_price("openai/gpt-4o-mini-2024-07-18"), 7'000'000);
  restart_prices({});
  EXPECT_EQ(input_price("gpt-4o-mini"), 7'000'000) << "stored";
  EXPECT_EQ(prices_->list()->at("gpt-4o-mini").declared_by, DeclaredBy::Api);

  applied =
      must(prices_->put("gpt-4o-mini", price(R"({"input": 8, "output": 1})"), {1}, kNoon + 1));
  EXPECT_FALSE(applied.created);
  EXPECT_EQ(applied.price.version, 2);
  EXPECT_EQ(applied.price.created_us, kNoon);
  EXPECT_EQ(applied.changes.size(), 2u);
  EXPECT_EQ(prices_->put("gpt-4o-mini", price(R"({"input": 9})"), {1}, kNoon).error().code,
            Code::VersionConflict);
  must(prices_->put("gpt-4o-mini", price(R"({"input": 9})"), {std::nullopt, true}, kNoon));
  EXPECT_EQ(input_price("gpt-4o-mini"), 8'000'000) << "a dry run changes nothing";

  must(prices_->remove("gpt-4o-mini", {}));
  EXPECT_EQ(input_price("gpt-4o-mini"), 150'000) << "the built-in price applies again";
  EXPECT_EQ(prices_->remove("gpt-4o-mini", {}).error().code, Code::NotFound);
  restart_prices({});
  EXPECT_EQ(prices_->list()->at("gpt-4o-mini").declared_by, DeclaredBy::Builtin);
}

TEST_P(ServiceTest, WhatAPriceSaidStaysReadable) {
  restart_prices({});
  must(prices_->put("m", price(R"({"input": 7})"), {}, kNoon));
  const int64_t first = book_.current()->find("m", kNoon)->id;
  must(prices_->put("m", price(R"({"input": 8, "versions": [
                                    {"effective_from": "2026-12-01", "input": 9}]})"),
                    {}, kNoon + 1));
  const auto entries = must((*db_).read_now([&](store::Connection& connection) {
    return stored_settings::find_price_entries(connection, "", "m");
  }));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].id, price_id_text(first));
  EXPECT_EQ(must(config::read_body<PriceEntryConfig>(entries[0].body)).input->pico_usd, 7'000'000);
  EXPECT_EQ(entries[0].first_seen_us, kNoon);
  const auto by_id = must((*db_).read_now([&](store::Connection& connection) {
    return stored_settings::find_price_entries(
        connection, price_id_text(book_.current()->find("m", kNoon)->id), "");
  }));
  ASSERT_EQ(by_id.size(), 1u);
  EXPECT_NE(by_id[0].body.find(R"("effective_until":"2026-12-01T00:00:00.000000Z")"),
            std::string::npos)
      << by_id[0].body;
  const auto list = prices_->list();
  EXPECT_EQ(prices_->find(*list, "acme/m", kNoon), &list->at("m"));
  EXPECT_EQ(prices_->find(*list, "openai/gpt-4o-mini", kNoon), &list->at("gpt-4o-mini"));
  EXPECT_EQ(prices_->find(*list, "nothing-like-it", kNoon), nullptr);
  restart_prices({});
  EXPECT_EQ(book_.current()
                ->find("m", *time::parse("2026-12-01T00:00:00Z"))
                ->rates.rate(PriceClass::Input),
            9'000'000);
}

TEST_P(ServiceTest, PricesOfTheFileAreReadOnly) {
  restart_prices({});
  must(prices_->put("m*", price(R"({"input": 1})"), {}, kNoon));
  restart_prices({{"m*", price(R"({"input": 2})")}});
  EXPECT_EQ(input_price("m-large"), 2'000'000) << "the file hides the API";
  EXPECT_EQ(prices_->put("m*", price(R"({"input": 3})"), {}, kNoon).error().code,
            Code::PermissionDenied);
  EXPECT_EQ(prices_->remove("m*", {}).error().code, Code::PermissionDenied);
  restart_prices({});
  EXPECT_EQ(input_price("m-large"), 1'000'000);
  EXPECT_FALSE(prices_->put("", price(R"({"input": 3})"), {}, kNoon).has_value());
  EXPECT_FALSE(prices_->put("a\nb", price(R"({"input": 3})"), {}, kNoon).has_value());
}

TEST_P(ServiceTest, BudgetsOfSeveralPeriodsLiveSideBySide) {
  restart_budgets({});
  must(service_->put(Scope::Key, "k1", budget(R"({"nano_usd": 5, "period": "day"})"), {}, kNoon));
  must(service_->put(Scope::Key, "k1", budget(R"({"nano_usd": 9, "hard": false})"), {}, kNoon));
  restart_budgets({});
  EXPECT_EQ(limit(Scope::Key, "k1", Period::Day)->nano_usd, 5);
  EXPECT_EQ(limit(Scope::Key, "k1", Period::Day)->enforcement, Enforcement::Hard);
  EXPECT_EQ(limit(Scope::Key, "k1", Period::Month)->nano_usd, 9);
  EXPECT_EQ(limit(Scope::Key, "k1", Period::Month)->enforcement, Enforcement::Soft);
  EXPECT_FALSE(limit(Scope::Key, "k1", Period::Total).has_value());
  must(service_->remove(Scope::Key, "k1", Period::Day, {}));
  EXPECT_FALSE(limit(Scope::Key, "k1", Period::Day).has_value());
  must(service_->put(Scope::Key, "k1", budget(R"({"nano_usd": 1, "period": "total"})"), {}, kNoon));
  must(service_->remove(Scope::Key, "k1", std::nullopt, {}));
  EXPECT_TRUE(budgets_->statuses(kNoon).empty());
  EXPECT_EQ(service_->remove(Scope::Key, "k1", std::nullopt, {}).error().code, Code::NotFound);
  restart_budgets({});
  EXPECT_TRUE(budgets_->statuses(kNoon).empty());
}

TEST_P(ServiceTest, BudgetsOfTheFileAreReadOnlyAndGoWithIt) {
  const FileBudget of_file{Scope::Project, "default", budget(R"({"nano_usd": 100})")};
  restart_budgets({of_file});
  EXPECT_EQ(limit(Scope::Project, "default", Period::Month)->origin, Origin::File);
  EXPECT_EQ(service_->put(Scope::Project, "default", budget(R"({"nano_usd": 1})"), {}, kNoon)
                .error()
                .code,
            Code::PermissionDenied);
  EXPECT_EQ(service_->remove(Scope::Project, "default", std::nullopt, {}).error().code,
            Code::PermissionDenied);
  must(service_->put(Scope::Project, "default", budget(R"({"nano_usd": 1, "period": "day"})"), {},
                     kNoon));
  must(service_->load({}, kNoon));
  EXPECT_FALSE(limit(Scope::Project, "default", Period::Month).has_value());
  EXPECT_EQ(limit(Scope::Project, "default", Period::Day)->nano_usd, 1);
}

TEST_P(ServiceTest, BudgetVersionsAreChecked) {
  restart_budgets({});
  const BudgetConfig five = budget(R"({"nano_usd": 5})");
  EXPECT_EQ(service_->put(Scope::Team, "t", five, {3}, kNoon).error().code, Code::VersionConflict);
  EXPECT_EQ(must(service_->put(Scope::Team, "t", five, {}, kNoon)).budget.version, 1);
  const AppliedBudget second = must(service_->put(Scope::Team, "t", five, {1}, kNoon + 5));
  EXPECT_EQ(second.budget.version, 2);
  EXPECT_EQ(second.budget.created_us, kNoon);
  EXPECT_TRUE(second.changes.empty());
  EXPECT_FALSE(service_->put(Scope::Team, "spaces are no id", five, {}, kNoon).has_value());
}

TEST(BudgetConfigTest, SaysWhatIsWrong) {
  const auto error = [](std::string_view json) {
    const auto read = config::read_body<BudgetConfig>(json);
    return read ? std::string("accepted") : read.error().describe();
  };
  EXPECT_NE(error("{}").find("nano_usd"), std::string::npos);
  EXPECT_NE(error(R"({"nano_usd": -1})").find("nano_usd"), std::string::npos);
  EXPECT_NE(error(R"({"nano_usd": 1, "period": "week"})").find("day"), std::string::npos);
  EXPECT_NE(error(R"({"nano_usd": 1, "alerts": [0]})").find("1 to 1000"), std::string::npos);
  EXPECT_NE(error(R"({"nano_usd": 1, "hardness": true})").find("hard"), std::string::npos);
  EXPECT_EQ(
      must(config::read_body<BudgetConfig>(R"({"nano_usd": 10_0})").has_value() ? Result<int>(1)
                                                                                : Result<int>(0)),
      0)
      << "JSON has no separators";
}

}  // namespace
}  // namespace tandem::cost
