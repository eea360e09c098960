#include "cost/budgets.h"

#include <gtest/gtest.h>

#include <barrier>
#include <map>
#include <random>
#include <thread>

#include "base/error/error_table.h"
#include "base/time/calendar.h"

namespace tandem::cost {
namespace {

const WallUs kNoon = *time::parse("2026-11-24T12:00:00Z");
constexpr NanoUsd kDollar = 1'000'000'000;

ScopeIds ids(std::string_view key, std::string_view project = "shop", std::string_view team = "",
             std::string_view user = "") {
  return {ProjectId(project), TeamId(team), UserId(user), KeyId(key)};
}

Limit limit_of(NanoUsd nano_usd, Period period = Period::Month,
               Enforcement enforcement = Enforcement::Hard) {
  Limit limit;
  limit.period = period;
  limit.nano_usd = nano_usd;
  limit.enforcement = enforcement;
  return limit;
}

BudgetStatus status(const Budgets& budgets, Scope scope, std::string_view id, Period period,
                    WallUs now_us = kNoon) {
  return budgets.spend(scope, id, now_us)[static_cast<size_t>(period)];
}

TEST(Budgets, TakeFromEveryScopeAndGiveBackTheDifference) {
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(100)));
  auto hold = budgets.reserve(ids("k1", "shop", "support", "ann"), 60, kNoon);
  ASSERT_TRUE(hold.has_value());
  for (const auto& [scope, id] : std::map<Scope, std::string>{{Scope::Organisation, "default"},
                                                              {Scope::Project, "shop"},
                                                              {Scope::Team, "support"},
                                                              {Scope::User, "ann"},
                                                              {Scope::Key, "k1"}}) {
    for (Period period : kAllPeriods) {
      EXPECT_EQ(status(budgets, scope, id, period).reserved_nano_usd, 60) << scope_name(scope);
    }
  }
  budgets.settle(*hold, 25);
  const BudgetStatus project = status(budgets, Scope::Project, "shop", Period::Month);
  EXPECT_EQ(project.reserved_nano_usd, 0);
  EXPECT_EQ(project.settled_nano_usd, 25);
  EXPECT_EQ(project.left_nano_usd(), 75);
  auto released = budgets.reserve(ids("k1"), 75, kNoon);
  ASSERT_TRUE(released.has_value()) << "all that is left can be taken";
  EXPECT_FALSE(budgets.reserve(ids("k2"), 1, kNoon).has_value());
  budgets.release(*released);
  EXPECT_EQ(status(budgets, Scope::Project, "shop", Period::Month).settled_nano_usd, 25);
  EXPECT_EQ(status(budgets, Scope::Key, "k1", Period::Day).settled_nano_usd, 25);
}

TEST(Budgets, ARefusalNamesTheTightestBudgetWhatIsLeftAndWhenItResets) {
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(2 * kDollar)));
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(kDollar, Period::Day)));
  auto hold = budgets.reserve(ids("k1"), 700'000'000, kNoon);
  ASSERT_TRUE(hold.has_value());
  const auto refused = budgets.reserve(ids("k1"), 1'500'000'000, kNoon);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::BudgetExceeded);
  EXPECT_EQ(refused.error().message,
            "The day's budget of key k1 has 0.3 USD left of 1 USD (0.7 USD are held by calls in "
            "flight); this call may cost up to 1.5 USD.");
  EXPECT_NE(refused.error().hint.find("2026-11-25T00:00:00.000000Z"), std::string::npos);
  EXPECT_EQ(refused.error().param, "budgets/key/k1");
  EXPECT_FALSE(refused.error().retry_after_s.has_value()) << "a retry cannot help";
  EXPECT_EQ(error_row(Code::BudgetExceeded).retry, Retry::Never);
  EXPECT_EQ(error_row(Code::BudgetExceeded).http_status, 429);
  EXPECT_EQ(status(budgets, Scope::Project, "shop", Period::Month).reserved_nano_usd, 700'000'000)
      << "a refused call holds nothing anywhere";
  EXPECT_EQ(budgets.stats().refusals, 1u);
}

TEST(Budgets, FreeCallsAlwaysFit) {
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(0)));
  EXPECT_TRUE(budgets.reserve(ids("k1"), 0, kNoon).has_value());
  EXPECT_FALSE(budgets.reserve(ids("k1"), 1, kNoon).has_value());
}

TEST(Budgets, SoftLimitsWarnAndLetThrough) {
  std::vector<BudgetAlert> alerts;
  Budgets budgets([&](const BudgetAlert& alert) { alerts.push_back(alert); });
  Limit soft = limit_of(100, Period::Month, Enforcement::Soft);
  soft.alert_percents = {100, 50};
  ASSERT_TRUE(budgets.set_limit(Scope::Team, "support", soft));
  const auto spend = [&](NanoUsd cost) {
    auto hold = budgets.reserve(ids("k1", "shop", "support"), cost, kNoon);
    ASSERT_TRUE(hold.has_value());
    budgets.settle(*hold, cost);
  };
  spend(49);
  EXPECT_TRUE(alerts.empty());
  spend(1);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].percent, 50);
  EXPECT_EQ(alerts[0].settled_nano_usd, 50);
  spend(150);
  ASSERT_EQ(alerts.size(), 2u) << "each threshold once";
  EXPECT_EQ(alerts[1].percent, 100);
  EXPECT_EQ(alerts[1].scope, Scope::Team);
  spend(150);
  EXPECT_EQ(alerts.size(), 2u);
}

TEST(Budgets, TheFirstRefusalOfAPeriodIsAnAlert) {
  std::vector<BudgetAlert> alerts;
  Budgets budgets([&](const BudgetAlert& alert) { alerts.push_back(alert); });
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(10, Period::Day)));
  EXPECT_FALSE(budgets.reserve(ids("k1"), 11, kNoon).has_value());
  EXPECT_FALSE(budgets.reserve(ids("k1"), 11, kNoon).has_value());
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].kind, AlertKind::Refused);
  EXPECT_FALSE(budgets.reserve(ids("k1"), 11, kNoon + time::kDayUs).has_value());
  EXPECT_EQ(alerts.size(), 2u);
}

TEST(Budgets, LimitsChangeAtRunTimeAndKnowWhatWasSpentBefore) {
  Budgets budgets;
  auto hold = budgets.reserve(ids("k1"), 80, kNoon);
  ASSERT_TRUE(hold.has_value());
  budgets.settle(*hold, 80);
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(100)));
  EXPECT_FALSE(budgets.reserve(ids("k1"), 21, kNoon).has_value());
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(200)));
  EXPECT_TRUE(budgets.reserve(ids("k1"), 21, kNoon).has_value());
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(5, Period::Total)));
  EXPECT_FALSE(budgets.reserve(ids("k1"), 1, kNoon).has_value());
  EXPECT_TRUE(budgets.remove_limit(Scope::Key, "k1", Period::Total));
  EXPECT_FALSE(budgets.remove_limit(Scope::Key, "k1", Period::Total));
  EXPECT_TRUE(budgets.reserve(ids("k1"), 1, kNoon).has_value());
  EXPECT_TRUE(budgets.remove_limit(Scope::Key, "k1", Period::Month));
  EXPECT_TRUE(budgets.statuses(kNoon).empty());
}

TEST(Budgets, RefuseLimitsThatCannotBeMeant) {
  Budgets budgets;
  EXPECT_FALSE(budgets.set_limit(Scope::Key, "k", limit_of(-1)).has_value());
  Limit limit = limit_of(1);
  limit.alert_percents = {0};
  EXPECT_FALSE(budgets.set_limit(Scope::Key, "k", limit).has_value());
  limit.alert_percents = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_FALSE(budgets.set_limit(Scope::Key, "k", limit).has_value());
  EXPECT_FALSE(parse_scope("planet").has_value());
  EXPECT_FALSE(parse_period("week").has_value());
}

TEST(Budgets, ACallThatEndsAfterMidnightIsSettledIntoTheDayOfItsAdmission) {
  Budgets budgets;
  const WallUs before = *time::parse("2026-11-30T23:59:59Z");  // the last second of a month, too
  const WallUs after = *time::parse("2026-12-01T00:00:01Z");
  for (Period period : {Period::Day, Period::Month}) {
    ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(100, period)));
  }
  auto late = budgets.reserve(ids("k1"), 90, before);
  ASSERT_TRUE(late.has_value());
  EXPECT_FALSE(budgets.reserve(ids("k1"), 11, before).has_value());
  auto next_day = budgets.reserve(ids("k1"), 100, after);
  ASSERT_TRUE(next_day.has_value()) << "the new day is empty";
  budgets.settle(*late, 70);
  for (Period period : {Period::Day, Period::Month}) {
    EXPECT_EQ(status(budgets, Scope::Project, "shop", period, before).settled_nano_usd, 70);
    EXPECT_EQ(status(budgets, Scope::Project, "shop", period, before).reserved_nano_usd, 0);
    EXPECT_EQ(status(budgets, Scope::Project, "shop", period, after).settled_nano_usd, 0);
    EXPECT_EQ(status(budgets, Scope::Project, "shop", period, after).reserved_nano_usd, 100);
  }
  EXPECT_EQ(status(budgets, Scope::Project, "shop", Period::Total, after).settled_nano_usd, 70);
  budgets.settle(*next_day, 1);
  EXPECT_EQ(status(budgets, Scope::Project, "shop", Period::Total, after).reserved_nano_usd, 0);
}

TEST(Budgets, ClocksOfTwoThreadsMayDisagreeAroundMidnight) {
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(10, Period::Day)));
  const WallUs midnight = *time::parse("2026-11-25");
  auto first = budgets.reserve(ids("k1"), 6, midnight - 5);
  auto second = budgets.reserve(ids("k1"), 6, midnight + 5);
  EXPECT_FALSE(budgets.reserve(ids("k1"), 6, midnight - 1).has_value())
      << "the old day is still full for a thread that read its clock before midnight";
  EXPECT_TRUE(budgets.reserve(ids("k1"), 4, midnight - 1).has_value());
  EXPECT_FALSE(budgets.reserve(ids("k1"), 6, midnight + 6).has_value());
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(second.has_value());
}

TEST(Budgets, ACallThatOutlivesTwoPeriodsStillEndsItsHoldOnTheTotal) {
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(100, Period::Total)));
  auto old = budgets.reserve(ids("k1"), 100, kNoon);
  ASSERT_TRUE(old.has_value());
  for (int day = 1; day <= 3; ++day) {
    EXPECT_FALSE(budgets.reserve(ids("k1"), 1, kNoon + day * time::kDayUs).has_value());
  }
  budgets.settle(*old, 40);
  EXPECT_TRUE(budgets.reserve(ids("k1"), 60, kNoon + 3 * time::kDayUs).has_value());
}

TEST(Budgets, RestoredSumsCount) {
  std::vector<BudgetAlert> alerts;
  Budgets budgets([&](const BudgetAlert& alert) { alerts.push_back(alert); });
  ASSERT_TRUE(budgets.set_limit(Scope::Key, "k1", limit_of(100)));
  budgets.restore(Scope::Key, "k1", Period::Month, period_start(Period::Month, kNoon), 95);
  EXPECT_TRUE(alerts.empty()) << "a restart repeats no alert";
  EXPECT_FALSE(budgets.reserve(ids("k1"), 6, kNoon).has_value());
  EXPECT_TRUE(budgets.reserve(ids("k1"), 5, kNoon).has_value());
}

TEST(Budgets, StatusesComeInPages) {
  Budgets budgets;
  for (const char* id : {"b", "a", "c"}) {
    ASSERT_TRUE(budgets.set_limit(Scope::Key, id, limit_of(1)));
    ASSERT_TRUE(budgets.set_limit(Scope::Key, id, limit_of(1, Period::Day)));
  }
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(1)));
  const auto first = budgets.statuses(kNoon, 2);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].scope, Scope::Project);
  EXPECT_EQ(first[1].id, "a");
  EXPECT_EQ(first[1].period, Period::Day);
  const auto rest = budgets.statuses(kNoon, 10, Budgets::ScopeName(Scope::Key, "a"));
  ASSERT_EQ(rest.size(), 4u);
  EXPECT_EQ(rest[0].id, "b");
  EXPECT_EQ(rest[3].id, "c");
}

// The property that everything else rests on, under real threads: of calls that ask for one unit
// each of a budget of N units, exactly N get one, however many ask and whatever else goes on.
TEST(BudgetsProperty, ConcurrentReservationsNeitherOverrunNorAreRefusedWhileThereIsRoom) {
  constexpr int kThreads = 8;
  constexpr int kRoundsMost = 40;
  for (int round = 0; round < kRoundsMost; ++round) {
    Budgets budgets;
    const int room = 1 + round * 7;
    ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(room * 10)));
    // Calls of this key take from organisation and project, then find their own budget full: they
    // must never make the project look full to others.
    ASSERT_TRUE(budgets.set_limit(Scope::Key, "full", limit_of(0)));
    std::atomic<int> admitted{0}, refused{0};
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        const ScopeIds own = ids("key" + std::to_string(t));
        const ScopeIds full = ids("full");
        const int asks = room / kThreads + (t < room % kThreads ? 1 : 0);
        start.arrive_and_wait();
        for (int i = 0; i < asks; ++i) {
          (void)budgets.reserve(full, 10, kNoon);
          ++(budgets.reserve(own, 10, kNoon) ? admitted : refused);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(admitted, room) << "refused while there was room";
    ASSERT_EQ(refused, 0);
    ASSERT_FALSE(budgets.reserve(ids("one more"), 1, kNoon).has_value());
  }
}

TEST(BudgetsProperty, SettlingAndReleasingUnderLoadKeepsEverySumExact) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 3000;
  constexpr NanoUsd kLimit = 500;
  Budgets budgets;
  ASSERT_TRUE(budgets.set_limit(Scope::Project, "shop", limit_of(kLimit, Period::Day)));
  std::atomic<NanoUsd> spent{0};
  std::atomic<bool> overrun{false}, done{false};
  std::thread watcher([&] {
    while (!done) {
      const BudgetStatus now = status(budgets, Scope::Project, "shop", Period::Day);
      if (now.settled_nano_usd + now.reserved_nano_usd > kLimit) overrun = true;
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < kCalls; ++i) {
        auto hold = budgets.reserve(ids("k" + std::to_string(t % 3)), 1 + random() % 40, kNoon);
        if (!hold) continue;
        if (random() % 4 != 0) {
          budgets.release(*hold);
        } else {
          const auto cost = static_cast<NanoUsd>(random() % (hold->amount() + 1)) / 16;
          budgets.settle(*hold, cost);
          spent += cost;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  watcher.join();
  EXPECT_FALSE(overrun);
  const BudgetStatus end = status(budgets, Scope::Project, "shop", Period::Day);
  EXPECT_EQ(end.reserved_nano_usd, 0);
  EXPECT_EQ(end.settled_nano_usd, spent);
  NanoUsd by_key = 0;
  for (const char* key : {"k0", "k1", "k2"}) {
    by_key += status(budgets, Scope::Key, key, Period::Total).settled_nano_usd;
  }
  EXPECT_EQ(by_key, spent);
}

// The same rules written the slow and obvious way: a list of calls, summed anew for each question.
class SlowBudgets {
 public:
  struct Call {
    std::map<Scope, std::string> scopes;
    WallUs at;
    NanoUsd amount;
    bool open;
  };
  std::map<std::tuple<Scope, std::string, Period>, Limit> limits;
  std::vector<Call> calls;

  NanoUsd used(Scope scope, const std::string& id, Period period, WallUs now) const {
    NanoUsd sum = 0;
    for (const Call& call : calls) {
      const auto found = call.scopes.find(scope);
      const bool same_period = period_start(period, call.at) == period_start(period, now);
      if (found != call.scopes.end() && found->second == id && same_period) sum += call.amount;
    }
    return sum;
  }
  bool fits(const std::map<Scope, std::string>& scopes, NanoUsd amount, WallUs now) const {
    if (amount == 0) return true;
    for (const auto& [scope, id] : scopes) {
      for (Period period : kAllPeriods) {
        const auto limit = limits.find({scope, id, period});
        if (limit == limits.end() || limit->second.enforcement == Enforcement::Soft) continue;
        if (used(scope, id, period, now) + amount > limit->second.nano_usd) return false;
      }
    }
    return true;
  }
};

TEST(BudgetsProperty, AgreesWithASlowModelOverRandomHistories) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937 random(seed);
    Budgets budgets;
    SlowBudgets slow;
    std::map<size_t, Budgets::Hold> open;
    WallUs now = kNoon;
    for (int step = 0; step < 300; ++step) {
      now += static_cast<int64_t>(random() % 7'200'000) * 1000;  // on average an hour
      const std::string project = "p" + std::to_string(random() % 2);
      const std::string key = "k" + std::to_string(random() % 3);
      const std::string team = random() % 2 == 0 ? "" : "t";
      std::map<Scope, std::string> scopes{
          {Scope::Organisation, "default"}, {Scope::Project, project}, {Scope::Key, key}};
      if (!team.empty()) scopes[Scope::Team] = team;
      const unsigned action = random() % 10;
      if (action == 0) {
        const auto [scope, id] = *std::next(scopes.begin(), random() % scopes.size());
        const Period period = kAllPeriods[random() % 3];
        const Limit limit = limit_of(random() % 400, period,
                                     random() % 4 == 0 ? Enforcement::Soft : Enforcement::Hard);
        ASSERT_TRUE(budgets.set_limit(scope, id, limit));
        slow.limits[{scope, id, period}] = limit;
      } else if (action == 1 && !slow.limits.empty()) {
        const auto victim = std::next(slow.limits.begin(), random() % slow.limits.size());
        const auto& [scope, id, period] = victim->first;
        ASSERT_TRUE(budgets.remove_limit(scope, id, period));
        slow.limits.erase(victim);
      } else if (action < 7) {
        const NanoUsd amount = random() % 60;
        const bool fits = slow.fits(scopes, amount, now);
        auto hold = budgets.reserve(ids(key, project, team), amount, now);
        ASSERT_EQ(hold.has_value(), fits) << "seed " << seed << " step " << step;
        if (hold) {
          open.emplace(slow.calls.size(), *hold);
          slow.calls.push_back({scopes, now, amount, true});
        }
      } else if (!open.empty()) {
        const auto call = std::next(open.begin(), random() % open.size());
        const NanoUsd cost = random() % 3 == 0 ? 0 : random() % 80;
        budgets.settle(call->second, cost);
        slow.calls[call->first].amount = cost;
        slow.calls[call->first].open = false;
        open.erase(call);
      }
      const BudgetStatus mine = status(budgets, Scope::Project, project, Period::Day, now);
      ASSERT_EQ(mine.settled_nano_usd + mine.reserved_nano_usd,
                slow.used(Scope::Project, project, Period::Day, now));
      const BudgetStatus total = status(budgets, Scope::Key, key, Period::Total, now);
      ASSERT_EQ(total.settled_nano_usd + total.reserved_nano_usd,
                slow.used(Scope::Key, key, Period::Total, now));
    }
  }
}

TEST(BudgetsOfAMinute, AreARate) {
  Budgets budgets;
  Limit limit;
  limit.period = Period::Minute;
  limit.nano_usd = 100;
  ASSERT_TRUE(budgets.set_limit(Scope::Endpoint, "chat", limit).has_value());
  ScopeIds ids;
  ids.project = ProjectId("shop");
  ids.endpoint = "chat";
  const WallUs noon = *time::parse("2026-11-24T12:00:20Z");
  budgets.settle(budgets.reserve(ids, 60, noon).value(), 60);
  const auto refused = budgets.reserve(ids, 60, noon);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::RateLimited);
  EXPECT_EQ(refused.error().retry_after_s, 40);
  EXPECT_NE(refused.error().message.find("endpoint chat"), std::string::npos);
  EXPECT_TRUE(budgets.reserve(ids, 60, noon + 40'000'000).has_value()) << "the next minute";
  EXPECT_EQ(budgets.reserve(ids, 101, noon).error().retry_after_s, std::nullopt) << "it never fits";
  ids.endpoint = "embed";
  EXPECT_TRUE(budgets.reserve(ids, 1'000, noon).has_value());
}

}  // namespace
}  // namespace tandem::cost
