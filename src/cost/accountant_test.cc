#include "cost/accountant.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/time/calendar.h"
#include "cost/record.h"
#include "cost/testing/price_of.h"

namespace tandem::cost {
namespace {

const WallUs kNoon = *time::parse("2026-11-24T12:00:00Z");

// Keeps records in memory and fails when it is told to.
class MemorySink : public RecordSink {
 public:
  Result<void> append(store::RecordKind kind, std::span<const uint8_t> payload) override {
    std::lock_guard lock(mutex);
    if (broken) return fail(Code::StorageFailed, "No space left on the device.");
    records.push_back({kind, {payload.begin(), payload.end()}});
    return {};
  }
  EndRecord last_end() {
    std::lock_guard lock(mutex);
    EXPECT_NE(records.back().first, store::RecordKind::Reserve);
    return decode_end(records.back().second).value();
  }
  std::mutex mutex;
  bool broken = false;
  std::vector<std::pair<store::RecordKind, std::vector<uint8_t>>> records;
};

PriceMap prices_of(std::string_view model, std::string_view json) {
  return {{std::string(model), testing::schedule_of(json)}};
}

class AccountantTest : public ::testing::Test {
 protected:
  AccountantTest() {
    call_.request_id = RequestId("req_1");
    call_.project = ProjectId("shop");
    call_.key = KeyId("k1");
    call_.endpoint = "chat";
    call_.target = "acme/m";
    call_.model = "m";
    call_.kind = "chat";
    estimate_.input_tokens = 100;
    estimate_.output_tokens = 1000;
  }
  BudgetStatus project() { return budgets_.spend(Scope::Project, "shop", kNoon)[2]; }
  Reservation reserve() {
    auto reservation = accountant_.reserve(call_, estimate_);
    EXPECT_TRUE(reservation.has_value());
    return std::move(*reservation);
  }

  MemorySink sink_;
  Budgets budgets_;
  PriceBook prices_{prices_of("m", R"({"input": 1, "output": 2})")};
  EnergyModel energy_;
  Accountant accountant_{sink_, budgets_, prices_, energy_, {[] { return kNoon; }}};
  CallIdentity call_;
  Usage estimate_;
};

TEST_F(AccountantTest, ReservesTheEstimateAndSettlesTheCost) {
  Reservation reservation = reserve();
  EXPECT_EQ(reservation.estimate_nano_usd(), 100 * 1000 + 1000 * 2000);
  EXPECT_EQ(project().reserved_nano_usd, 2'100'000);
  ASSERT_EQ(sink_.records.size(), 1u);
  EXPECT_EQ(sink_.records[0].first, store::RecordKind::Reserve);

  Usage usage;
  usage.input_tokens = 90;
  usage.output_tokens = 10;
  usage.reported = true;
  EXPECT_EQ(reservation.price(usage).nano_usd, 110'000);
  const Settled settled = accountant_.settle(std::move(reservation), usage, {}).value();
  EXPECT_EQ(settled.cost_nano_usd, 110'000);
  EXPECT_EQ(settled.source, CostSource::Prices);
  EXPECT_EQ(project().settled_nano_usd, 110'000);
  EXPECT_EQ(project().reserved_nano_usd, 0);
  const EndRecord end = sink_.last_end();
  EXPECT_EQ(end.state, State::Settled);
  EXPECT_EQ(end.cost_nano_usd, 110'000);
  EXPECT_EQ(end.estimate_nano_usd, 2'100'000);
  EXPECT_EQ(end.usage, usage);
  // 90 * 0.1 J + 10 * 2 J
  EXPECT_EQ(end.resources.energy_mj, 29'000);
  EXPECT_EQ(end.resources.energy_source, EnergySource::Modelled);
  EXPECT_EQ(accountant_.stats().open, 0);
}

TEST_F(AccountantTest, APriceChangesAtItsTimeAndCallsKeepTheirs) {
  WallUs now_us = *time::parse("2026-11-30T23:59:59Z");
  Accountant accountant(sink_, budgets_, prices_, energy_, {[&now_us] { return now_us; }});
  prices_.configure(prices_of(
      "m", R"({"input": 1, "versions": [{"effective_from": "2026-12-01", "input": 5}]})"));
  Usage usage;
  usage.input_tokens = 10;
  Reservation before = accountant.reserve(call_, usage).value();
  now_us += 2'000'000;
  Reservation after = accountant.reserve(call_, usage).value();
  EXPECT_EQ(accountant.settle(std::move(after), usage, {})->cost_nano_usd, 50'000);
  const EndRecord new_price = sink_.last_end();
  EXPECT_EQ(accountant.settle(std::move(before), usage, {})->cost_nano_usd, 10'000);
  const EndRecord old_price = sink_.last_end();
  EXPECT_GT(old_price.price_id, 0);
  EXPECT_NE(old_price.price_id, new_price.price_id);
}

TEST_F(AccountantTest, ABatchIsPricedAsOne) {
  prices_.configure(prices_of("m", R"({"input": 1, "output": 2, "batch_percent": 50})"));
  call_.tier = Tier::Batch;
  Reservation reservation = reserve();
  EXPECT_EQ(reservation.estimate_nano_usd(), (100 * 1000 + 1000 * 2000) / 2);
  Usage usage;
  usage.input_tokens = 90;
  usage.output_tokens = 10;
  EXPECT_EQ(reservation.price(usage).nano_usd, 55'000);
  EXPECT_EQ(accountant_.settle(std::move(reservation), usage, {})->cost_nano_usd, 55'000);
  EXPECT_EQ(sink_.last_end().tier, Tier::Batch);
}

TEST_F(AccountantTest, OwnCountsAndEmissionsStandInTheRecord) {
  Usage usage;
  usage.input_tokens = 1'000;
  usage.output_tokens = 100;
  usage.reported = true;
  (void)accountant_.settle(reserve(), usage, {}, State::Settled, 120);
  const EndRecord end = sink_.last_end();
  EXPECT_EQ(end.counted, (Counted{100, 120})) << "the estimate's input, the output as counted";
  // 1000 * 0.1 J + 100 * 2 J = 300 J = 1/12000 kWh; at 473 g/kWh: 39,416.67 ug, rounded up.
  EXPECT_EQ(end.resources.energy_mj, 300'000);
  EXPECT_EQ(end.resources.co2e_ug, 39'417);
  (void)accountant_.settle(reserve(), usage, {}, State::Estimated);
  EXPECT_EQ(sink_.last_end().counted, (Counted{1'000, 100}));
  (void)accountant_.release(reserve(), Reason::Timeout);
  EXPECT_EQ(sink_.last_end().counted, Counted{});
  EXPECT_EQ(sink_.last_end().resources.co2e_ug, 0);
}

TEST_F(AccountantTest, ReportedZeroIsZero) {
  Usage usage;
  usage.reported = true;
  EXPECT_EQ(accountant_.settle(reserve(), usage, {})->cost_nano_usd, 0);
  EXPECT_EQ(sink_.last_end().source, CostSource::Prices);
}

TEST_F(AccountantTest, ReleasedAttemptsCostNothingAndSayWhy) {
  Resources resources;
  resources.bytes_in = 12;
  ASSERT_TRUE(accountant_.release(reserve(), Reason::RateLimited, resources).has_value());
  const EndRecord end = sink_.last_end();
  EXPECT_EQ(sink_.records.back().first, store::RecordKind::Release);
  EXPECT_EQ(end.state, State::Released);
  EXPECT_EQ(end.reason, Reason::RateLimited);
  EXPECT_EQ(end.cost_nano_usd, 0);
  EXPECT_EQ(end.resources.bytes_in, 12);
  EXPECT_EQ(project().reserved_nano_usd, 0);
  EXPECT_EQ(project().settled_nano_usd, 0);
}

TEST_F(AccountantTest, ADroppedReservationIsSettledAtItsEstimate) {
  { const Reservation dropped = reserve(); }
  EndRecord end = sink_.last_end();
  EXPECT_EQ(end.state, State::Estimated);
  EXPECT_EQ(end.cost_nano_usd, 2'100'000);
  EXPECT_EQ(end.usage.output_tokens, 1000);
  EXPECT_EQ(project().settled_nano_usd, 2'100'000);
  EXPECT_EQ(accountant_.stats().abandoned, 1u);

  Reservation first = reserve();
  first = reserve();  // assigning over one drops it, too
  EXPECT_EQ(accountant_.stats().abandoned, 2u);
  Reservation moved = std::move(first);
  EXPECT_FALSE(first.open());
  ASSERT_TRUE(accountant_.release(std::move(moved), Reason::NotSent).has_value());
  EXPECT_EQ(sink_.records.size(), 6u) << "one end for each";
}

TEST_F(AccountantTest, ARefusedCallLeavesNoTrace) {
  Limit limit;
  limit.nano_usd = 2'000'000;
  ASSERT_TRUE(budgets_.set_limit(Scope::Key, "k1", limit));
  const auto refused = accountant_.reserve(call_, estimate_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::BudgetExceeded);
  EXPECT_TRUE(sink_.records.empty());
  EXPECT_EQ(project().reserved_nano_usd, 0);
}

TEST_F(AccountantTest, WithoutAJournalNothingIsAdmitted) {
  sink_.broken = true;
  const auto refused = accountant_.reserve(call_, estimate_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::StorageFailed);
  EXPECT_EQ(project().reserved_nano_usd, 0);
}

TEST_F(AccountantTest, ASettlementThatTheJournalRefusesWaitsAndIsWrittenLater) {
  Reservation reservation = reserve();
  sink_.broken = true;
  Usage usage;
  usage.output_tokens = 5;
  EXPECT_FALSE(accountant_.settle(std::move(reservation), usage, {}).has_value());
  EXPECT_EQ(project().settled_nano_usd, 10'000) << "the budget knows at once";
  EXPECT_EQ(accountant_.retry_unwritten(), 1u);
  EXPECT_EQ(accountant_.stats().unwritten, 1u);
  sink_.broken = false;
  EXPECT_EQ(accountant_.retry_unwritten(), 0u);
  EXPECT_EQ(sink_.last_end().cost_nano_usd, 10'000);
  EXPECT_EQ(sink_.records.size(), 2u);
}

TEST_F(AccountantTest, UnknownModelsCostNothingAndAreCounted) {
  call_.target = "acme/new-model";
  call_.model = "new-model";
  for (int i = 0; i < 3; ++i) {
    const Settled settled = accountant_.settle(reserve(), estimate_, {}).value();
    EXPECT_EQ(settled.cost_nano_usd, 0);
    EXPECT_EQ(settled.source, CostSource::Unknown);
  }
  ASSERT_EQ(accountant_.unknown_models().names().size(), 1u);
  EXPECT_EQ(accountant_.unknown_models().names()[0].first, "acme/new-model");
  EXPECT_EQ(accountant_.unknown_models().names()[0].second, 3u);
  EXPECT_EQ(accountant_.stats().unknown_price, 3u);
  call_.placement = Placement::Local;
  EXPECT_EQ(accountant_.settle(reserve(), estimate_, {})->source, CostSource::Prices)
      << "our own hardware sends no bill";
  EXPECT_EQ(accountant_.stats().unknown_price, 3u);
}

TEST_F(AccountantTest, UnknownModelNamesAreBounded) {
  UnknownModels models;
  for (size_t i = 0; i < 2 * UnknownModels::kMaxNames; ++i) models.note("m" + std::to_string(i));
  EXPECT_EQ(models.names().size(), UnknownModels::kMaxNames);
  EXPECT_EQ(models.calls(), 2 * UnknownModels::kMaxNames);
}

TEST_F(AccountantTest, APriceChangeDoesNotTouchCallsInFlight) {
  Reservation before = reserve();
  prices_.configure(prices_of("m", R"({"input": 100, "output": 100})"));
  Usage usage;
  usage.input_tokens = 1;
  EXPECT_EQ(accountant_.settle(std::move(before), usage, {})->cost_nano_usd, 1'000);
  EXPECT_EQ(accountant_.settle(reserve(), usage, {})->cost_nano_usd, 100'000);
}

TEST_F(AccountantTest, ManyThreadsLeaveOneEndForEachReservation) {
  constexpr int kThreads = 6;
  constexpr int kCalls = 500;
  std::atomic<NanoUsd> spent{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      CallIdentity call = call_;
      for (int i = 0; i < kCalls; ++i) {
        call.request_id = RequestId("r" + std::to_string(t) + "-" + std::to_string(i));
        auto reservation = accountant_.reserve(call, estimate_);
        ASSERT_TRUE(reservation.has_value());
        if (i % 3 == 0) {
          ASSERT_TRUE(accountant_.release(std::move(*reservation), Reason::Reset).has_value());
        } else {
          Usage usage;
          usage.output_tokens = i;
          spent += accountant_.settle(std::move(*reservation), usage, {})->cost_nano_usd;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sink_.records.size(), size_t{2} * kThreads * kCalls);
  EXPECT_EQ(project().settled_nano_usd, spent);
  EXPECT_EQ(project().reserved_nano_usd, 0);
  EXPECT_EQ(accountant_.stats().open, 0);
}

}  // namespace
}  // namespace tandem::cost
