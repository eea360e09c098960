#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cost/testing/ledger_fixture.h"
#include "cost/webhooks/alert_watch.h"

namespace tandem::cost::webhooks {
namespace {

using testing::kNoon;
using testing::must;

// The example of the reference implementation of Standard Webhooks.
TEST(WebhookSignature, IsTheStandards) {
  EXPECT_EQ(signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                      1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_EQ(secret_text("abc"), "whsec_YWJj");
}

TEST(WebhookAddress, IsHttpsUnlessAllowed) {
  const auto target = [](std::string_view url, WebhookSettings settings = {}) {
    const auto address = parse_address(url, settings);
    return address ? address->origin.host + ":" + address->origin.port + address->target
                   : "refused: " + address.error().message;
  };
  EXPECT_EQ(target("https://hooks.example.com"), "hooks.example.com:443/");
  EXPECT_EQ(target("https://hooks.example.com:8443/a/b?c=d&e"), "hooks.example.com:8443/a/b?c=d&e");
  EXPECT_TRUE(target("http://hooks.example.com/").starts_with("refused"));
  EXPECT_EQ(target("http://hooks.example.com/x", {.allow_http = true}), "hooks.example.com:80/x");
  for (const char* bad : {"", "ftp://x", "https://user@x/", "https://x/a b", "https://x/a#b",
                          "https://x/?a=b\r\nc: d", "//x", "https://"}) {
    EXPECT_TRUE(target(bad).starts_with("refused")) << bad;
  }
}

TEST(NextAttempt, WaitsLongerAndGivesUpAfterADay) {
  WallUs now = 0;
  int64_t attempts = 1;
  WallUs last_wait = 0;
  while (const auto next = next_attempt_us(attempts, now, 0)) {
    EXPECT_GE(*next - now, last_wait);
    last_wait = *next - now;
    now = *next;
    ++attempts;
  }
  EXPECT_EQ(attempts, 12);
  EXPECT_GT(now, int64_t{20} * 3600 * 1'000'000);
  EXPECT_LT(now, int64_t{30} * 3600 * 1'000'000);
  EXPECT_LT(*next_attempt_us(3, 0, UINT64_MAX), 36'000'000) << "a fifth at most is added";
}

class AlertWatchTest : public testing::LedgerFixture {
 protected:
  void SetUp() override {
    start();
    restart_watch();
  }
  void restart_watch() { watch_ = std::make_unique<AlertWatch>(*db_, *budgets_); }
  void limit(Scope scope, std::string_view id, Period period, NanoUsd nano_usd,
             std::vector<int> alerts) {
    Limit limit;
    limit.period = period;
    limit.nano_usd = nano_usd;
    limit.enforcement = Enforcement::Soft;
    limit.alert_percents = std::move(alerts);
    must(budgets_->set_limit(scope, id, limit));
  }
  // 2,000 nano-dollars for each token.
  void spend(const std::string& request_id, int64_t tokens) {
    settle(request_id, tokens);
    catch_up();
    look();
  }
  void look() { must(watch_->look(now_us_)); }
  std::string alerts() {
    auto all = must((*db_).read_now(
        [](store::Connection& connection) { return sql::list_alerts(connection, "", "", 100); }));
    const auto name = [](const sql::StoredAlert& each) {
      const BudgetAlert& alert = each.alert;
      return std::tuple(alert.period_start_us, alert.limit_nano_usd, alert.percent);
    };
    std::sort(all.begin(), all.end(),
              [&](const auto& a, const auto& b) { return name(a) < name(b); });
    std::string out;
    for (const sql::StoredAlert& each : all) {
      out += std::string(scope_name(each.alert.scope)) + " " +
             std::string(period_name(each.alert.period)) + " " +
             std::to_string(each.alert.percent) + "; ";
    }
    return out;
  }
  std::vector<Delivery> deliveries() {
    return must((*db_).read_now([](store::Connection& connection) {
      return sql::list_deliveries(connection, "", "", "", "", 100);
    }));
  }
  void add_webhook(const std::string& id, const std::string& project) {
    must((*db_).write_now([&](store::Connection& connection) {
      return sql::insert_webhook(connection,
                                 {id, id, project, "https://x.example/", 1, kNoon, kNoon});
    }));
  }
  std::unique_ptr<AlertWatch> watch_;
};
INSTANTIATE_TEST_SUITE_P(Both, AlertWatchTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(AlertWatchTest, EachThresholdOnceOverRestarts) {
  limit(Scope::Key, "k1", Period::Month, 1'000'000, {50, 80, 100});
  spend("a", 200);  // 40 %
  EXPECT_EQ(alerts(), "");
  spend("b", 100);
  EXPECT_EQ(alerts(), "key month 50; ");
  restart_watch();
  look();
  spend("c", 200);
  EXPECT_EQ(alerts(), "key month 50; key month 80; key month 100; ");
  restart_watch();
  AlertWatch other(*db_, *budgets_);  // of another server
  must(other.look(now_us_));
  look();
  EXPECT_EQ(alerts(), "key month 50; key month 80; key month 100; ");
  // A higher limit has thresholds of its own; so has the next month.
  limit(Scope::Key, "k1", Period::Month, 1'900'000, {50, 80, 100});
  look();
  EXPECT_EQ(alerts(), "key month 50; key month 80; key month 100; key month 50; ");
  now_us_ = *time::parse("2026-12-01T00:00:01Z");
  spend("d", 1000);
  EXPECT_TRUE(alerts().ends_with("key month 50; key month 80; key month 100; ")) << alerts();
}

TEST_P(AlertWatchTest, WhatWasAdmittedBeforeMidnightIsStillSeen) {
  limit(Scope::Project, "shop", Period::Day, 1'000'000, {100});
  now_us_ = *time::parse("2026-11-24T23:59:59Z");
  Reservation open = reserve("late");
  now_us_ = *time::parse("2026-11-25T00:00:02Z");
  must(accountant_->settle(std::move(open), usage(0, 600), {}));
  catch_up();
  look();
  EXPECT_EQ(alerts(), "project day 100; ");
}

TEST_P(AlertWatchTest, DeliveriesGoToWhoMaySeeThem) {
  add_webhook("all", "");
  add_webhook("shop", "shop");
  add_webhook("desk", "desk");
  limit(Scope::Key, "k1", Period::Day, 1'000'000, {100});
  limit(Scope::Organisation, kOrganisationId, Period::Day, 1'000'000, {100});
  spend("a", 600);
  std::map<std::string, int> count;
  for (const Delivery& delivery : deliveries()) {
    ++count[delivery.webhook_id];
    const auto body = boost::json::parse(delivery.body).as_object();
    EXPECT_EQ(body.at("type").as_string(), "budget.threshold");
    const auto& data = body.at("data").as_object();
    EXPECT_EQ(data.at("settled_nano_usd").as_int64(), 1'200'000);
    EXPECT_EQ(data.at("limit_nano_usd").as_int64(), 1'000'000);
    EXPECT_EQ(data.at("resets_at").as_string(), "2026-11-25T00:00:00.000000Z");
  }
  EXPECT_EQ(count, (std::map<std::string, int>{{"all", 2}, {"shop", 1}}));
}

TEST_P(AlertWatchTest, ARefusalIsToldOnceAndAMinuteNever) {
  BudgetAlert refusal{AlertKind::Refused, Scope::Key, "k1", Period::Day, kNoon, 100, 5, 10};
  watch_->note_refusal(refusal);
  watch_->note_refusal(refusal);
  refusal.period = Period::Minute;
  watch_->note_refusal(refusal);
  limit(Scope::Key, "k1", Period::Minute, 1, {100});
  spend("a", 10);
  EXPECT_EQ(alerts(), "key day 100; ");
}

TEST_P(AlertWatchTest, OneServerSendsADelivery) {
  add_webhook("all", "");
  limit(Scope::Key, "k1", Period::Day, 1'000'000, {100});
  spend("a", 600);
  const auto due = must((*db_).read_now(
      [&](store::Connection& connection) { return sql::due_deliveries(connection, now_us_, 9); }));
  ASSERT_EQ(due.size(), 1u);
  const auto claim = [&] {
    return must((*db_).write_now([&](store::Connection& connection) {
      return sql::claim(connection, due[0], now_us_ + 60'000'000);
    }));
  };
  EXPECT_TRUE(claim());
  EXPECT_FALSE(claim()) << "another server was faster";
}

}  // namespace
}  // namespace tandem::cost::webhooks
