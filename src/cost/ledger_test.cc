#include "cost/ledger.h"

#include <fstream>
#include <thread>

#include "cost/record.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using store::Position;
using store::RecordKind;
using testing::kNoon;
using testing::must;

class LedgerTest : public testing::LedgerFixture {};
INSTANTIATE_TEST_SUITE_P(Both, LedgerTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(LedgerTest, ASettlementBecomesARow) {
  start();
  CallIdentity identity = call("req_1");
  identity.attempt = 2;
  Usage estimate = usage(100, 1000);
  Reservation reservation = must(accountant_->reserve(identity, estimate));
  now_us_ += 1'500'000;
  Usage actual = usage(90, 10);
  actual.cached_input_tokens = 40;
  const Resources resources{3, 4, 5, EnergySource::Measured, 6, 7};
  must(accountant_->settle(std::move(reservation), actual, resources));
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(text("SELECT request_id FROM ledger"), "req_1");
  EXPECT_EQ(number("SELECT attempt FROM ledger"), 2);
  EXPECT_EQ(text("SELECT trace_id FROM ledger"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(text("SELECT project FROM ledger"), "shop");
  EXPECT_EQ(text("SELECT key_id FROM ledger"), "k1");
  EXPECT_EQ(text("SELECT user_id FROM ledger"), "");
  EXPECT_EQ(text("SELECT team_id FROM ledger"), "support");
  EXPECT_EQ(text("SELECT provider FROM ledger"), "acme");
  EXPECT_EQ(text("SELECT target FROM ledger"), "acme/m");
  EXPECT_EQ(text("SELECT state FROM ledger"), "settled");
  EXPECT_EQ(number("SELECT started_us FROM ledger"), kNoon);
  EXPECT_EQ(number("SELECT ended_us FROM ledger"), kNoon + 1'500'000);
  EXPECT_EQ(number("SELECT month FROM ledger"), 2026 * 12 + 10);
  EXPECT_EQ(number("SELECT cost_nano_usd FROM ledger"), 90 * 1000 + 10 * 2000);
  EXPECT_EQ(number("SELECT estimate_nano_usd FROM ledger"), 100 * 1000 + 1000 * 2000);
  EXPECT_EQ(number("SELECT cached_input_tokens FROM ledger"), 40);
  EXPECT_EQ(number("SELECT output_tokens FROM ledger"), 10);
  EXPECT_EQ(number("SELECT gpu_ms FROM ledger"), 3);
  EXPECT_EQ(number("SELECT cpu_us FROM ledger"), 4);
  EXPECT_EQ(number("SELECT energy_mj FROM ledger"), 5);
  EXPECT_EQ(text("SELECT energy_source FROM ledger"), "measured");
  EXPECT_EQ(number("SELECT bytes_in FROM ledger"), 6);
  EXPECT_EQ(number("SELECT bytes_out FROM ledger"), 7);
  // organisation, project, team, key and endpoint, each by day, month and in total
  EXPECT_EQ(number("SELECT COUNT(*) FROM budget_sums"), 15);
  EXPECT_EQ(number("SELECT settled_nano_usd FROM budget_sums WHERE scope = 'key' AND period = "
                   "'month' AND start_us = " +
                   std::to_string(*time::parse("2026-11-01"))),
            110'000);
}

TEST_P(LedgerTest, ReservationsAreNeverRowsAndReleasesCostNothing) {
  start();
  Reservation open = reserve("open");
  must(accountant_->release(reserve("released"), Reason::Timeout));
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(text("SELECT state FROM ledger"), "released");
  EXPECT_EQ(text("SELECT reason FROM ledger"), "timeout");
  EXPECT_EQ(number("SELECT cost_nano_usd FROM ledger"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM budget_sums"), 0);
  EXPECT_EQ(ledger_->stats().open_calls, 1u);
  must(accountant_->settle(std::move(open), usage(0, 1), {}));
}

TEST_P(LedgerTest, IsIdempotentByRequestAndAttempt) {
  start();
  settle("req_1", 10);
  catch_up();
  // The same end once more, with another cost: as after an append that failed and was written.
  RecordBytes identity, end;
  encode_call(call("req_1"), kNoon, identity);
  EndRecord again;
  again.cost_nano_usd = 999;
  encode_end(identity.view(), again, end);
  must(journal_->append(RecordKind::Settle, end.view()));
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(number("SELECT cost_nano_usd FROM ledger"), 20'000);
  EXPECT_EQ(ledger_->stats().duplicates, 1u);
  expect_sums_match_rows();
}

TEST_P(LedgerTest, AStartGoesOnWhereTheLastOneStopped) {
  start();
  for (int i = 0; i < 50; ++i) settle("a" + std::to_string(i), i);
  stop();
  start();
  EXPECT_EQ(ledger_->stats().rows, 0u) << "nothing is folded twice";
  EXPECT_EQ(settled(Scope::Project, "shop"), 49 * 50 / 2 * 2000);
  EXPECT_EQ(settled(Scope::Key, "k1", Period::Day), 49 * 50 / 2 * 2000);
  for (int i = 0; i < 50; ++i) settle("b" + std::to_string(i), 1);
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 100);
  expect_sums_match_rows();
}

TEST_P(LedgerTest, CallsThatWereOpenInACrashAreSettledAtTheirEstimates) {
  start();
  settle("done", 10);
  leak(reserve("lost 1", 300));
  leak(reserve("lost 2", 40));
  crash();
  start();
  EXPECT_EQ(ledger_->stats().recovered, 2u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 3);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE state = 'estimated'"), 2);
  EXPECT_EQ(number("SELECT cost_nano_usd FROM ledger WHERE request_id = 'lost 1'"), 600'000);
  EXPECT_EQ(number("SELECT usage_reported FROM ledger WHERE request_id = 'lost 1'"), 0);
  EXPECT_EQ(settled(Scope::Project, "shop"), 20'000 + 600'000 + 80'000) << "they count in budgets";
  expect_sums_match_rows();
  stop();
  start();
  EXPECT_EQ(ledger_->stats().recovered, 0u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 3) << "and only once";
}

TEST_P(LedgerTest, ACrashBeforeTheFoldLosesNothing) {
  // A journal that was written by hand: its server died before it folded anything.
  {
    auto journal = must(store::Journal::open(folder_ / "journal", journal_options_));
    for (int i = 0; i < 4; ++i) {
      RecordBytes identity, reserve, end;
      encode_call(call("req" + std::to_string(i)), kNoon, identity);
      ReserveRecord reserved;
      reserved.estimate_nano_usd = 500;
      encode_reserve(identity.view(), reserved, reserve);
      must(journal->append(RecordKind::Reserve, reserve.view()));
      if (i % 2 == 1) continue;
      EndRecord ended;
      ended.cost_nano_usd = 7;
      encode_end(identity.view(), ended, end);
      must(journal->append(RecordKind::Settle, end.view()));
    }
  }
  start();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE state = 'settled' AND cost_nano_usd = 7"), 2);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE state = 'estimated' AND cost_nano_usd = 500"),
            2);
  EXPECT_EQ(settled(Scope::Key, "k1"), 1014);
}

TEST_P(LedgerTest, AnOldOpenCallHoldsItsSegmentAndIsStillFound) {
  journal_options_.segment_bytes = 16 * 1024;
  start();
  Reservation old = reserve("old");
  const Position oldest = journal_->end();
  for (int i = 0; i < 400; ++i) settle("r" + std::to_string(i), 1);
  catch_up();
  EXPECT_GT(journal_->end().segment, oldest.segment + 3);
  EXPECT_GT(journal_->stats().segments, 4u) << "nothing after the open call may go";
  leak(std::move(old));
  crash();
  start();
  EXPECT_EQ(ledger_->stats().recovered, 1u);
  EXPECT_EQ(text("SELECT state FROM ledger WHERE request_id = 'old'"), "estimated");
  catch_up();
  EXPECT_LE(journal_->stats().segments, 2u) << "now the old segments can go";
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 401);
  expect_sums_match_rows();
}

TEST_P(LedgerTest, OtherReadersOfTheJournalKeepTheirSegments) {
  journal_options_.segment_bytes = 16 * 1024;
  std::atomic<bool> keeps = true;
  options_.keep_from = [&] { return keeps ? Position{1, 0} : Position{UINT64_MAX, 0}; };
  start();
  for (int i = 0; i < 200; ++i) settle("r" + std::to_string(i), 1);
  catch_up();
  const uint64_t kept = journal_->stats().segments;
  EXPECT_GT(kept, 2u);
  EXPECT_EQ(kept, journal_->end().segment);
  keeps = false;
  settle("one more", 1);
  catch_up();
  EXPECT_LT(journal_->stats().segments, kept);
}

TEST_P(LedgerTest, ADatabaseThatFailsDelaysRowsAndLosesNone) {
  start();
  execute("ALTER TABLE ledger_rows RENAME TO ledger_away");
  for (int i = 0; i < 30; ++i) settle("r" + std::to_string(i), 1);
  while (ledger_->stats().failures == 0) std::this_thread::yield();
  EXPECT_FALSE(ledger_->catch_up(1));
  EXPECT_GT(ledger_->stats().pending_records, 0u);
  now_us_ += 5'000'000;
  EXPECT_GE(ledger_->stats().lag_us, 5'000'000);
  execute("ALTER TABLE ledger_away RENAME TO ledger_rows");
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 30);
  EXPECT_EQ(ledger_->stats().lag_us, 0);
  expect_sums_match_rows();
}

TEST_P(LedgerTest, AJournalThatLostItsTailInAPowerCutDoesNotHideNewCalls) {
  start();
  for (int i = 0; i < 20; ++i) settle("before" + std::to_string(i), 1);
  catch_up();
  stop();
  std::filesystem::remove_all(folder_ / "journal");  // the worst power cut
  start();
  for (int i = 0; i < 20; ++i) settle("after" + std::to_string(i), 1);
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 40);
  EXPECT_EQ(settled(Scope::Project, "shop"), 40 * 2000);
}

TEST_P(LedgerTest, DamageStopsTheStartUnlessItIsToldToSkip) {
  journal_options_.segment_bytes = 16 * 1024;
  start();
  Reservation held = reserve("held");  // keeps every segment
  for (int i = 0; i < 300; ++i) settle("r" + std::to_string(i), 1);
  catch_up();
  const int64_t rows = number("SELECT COUNT(*) FROM ledger");
  leak(std::move(held));
  crash();
  std::vector<std::filesystem::path> segments;
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "journal")) {
    if (file.file_size() >= 12 * 1024) segments.push_back(file.path());
  }
  ASSERT_GE(segments.size(), 2u);
  std::sort(segments.begin(), segments.end());
  std::fstream file(segments[1], std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5'000);
  file << "damaged damaged damaged";
  file.close();

  const auto refused = try_start();
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find(segments[1].filename().string()), std::string::npos)
      << refused.error().message;
  stop();
  options_.on_damage = OnDamage::SkipSegment;
  start();
  EXPECT_EQ(ledger_->stats().damaged_segments, 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), rows + 1) << "and the open call is estimated";
  expect_sums_match_rows();
}

TEST_P(LedgerTest, UnreadableRecordsAreKeptAndDoNotStopTheOthers) {
  start();
  const uint8_t garbage[] = {1, 0xff, 0xff, 0xff};
  must(journal_->append(RecordKind::Settle, garbage));
  must(journal_->append(RecordKind::Reserve, garbage));
  must(journal_->append(RecordKind::Audit, garbage));  // not ours
  settle("good", 1);
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger_rejects"), 2);
  EXPECT_EQ(ledger_->stats().rejects, 2u);
}

TEST_P(LedgerTest, RecordsOfANewerVersionStopTheStart) {
  {
    auto journal = must(store::Journal::open(folder_ / "journal", journal_options_));
    const uint8_t newer[] = {3, 1, 2, 3};
    must(journal->append(RecordKind::Settle, newer));
  }
  const auto refused = try_start();
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().hint.find("newer Tandem"), std::string::npos);
}

TEST_P(LedgerTest, TextThatNoDatabaseTakesIsReplaced) {
  start();
  CallIdentity identity = call("req_1");
  identity.model = std::string_view("bad\xff\0name", 9);
  must(accountant_->settle(must(accountant_->reserve(identity, usage(0, 1))), usage(0, 1), {}));
  catch_up();
  EXPECT_EQ(text("SELECT model FROM ledger"), "bad\xEF\xBF\xBD\xEF\xBF\xBDname");
}

TEST_P(LedgerTest, ManyThreadsGiveRowsAndSumsThatAgreeWithTheBudgets) {
  journal_options_.segment_bytes = 64 * 1024;
  start();
  constexpr int kThreads = 4;
  constexpr int kCalls = 250;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const std::string id = "r" + std::to_string(t) + "_" + std::to_string(i);
        auto reservation = accountant_->reserve(call(id, "k" + std::to_string(i % 5)), usage(5, 9));
        ASSERT_TRUE(reservation.has_value());
        if (i % 10 == 0) continue;  // dropped
        if (i % 10 == 1) {
          must(accountant_->release(std::move(*reservation), Reason::Reset));
        } else {
          must(accountant_->settle(std::move(*reservation), usage(i, t), {}));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  catch_up();
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger"), kThreads * kCalls);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE state = 'estimated'"),
            kThreads * kCalls / 10);
  EXPECT_EQ(number("SELECT COUNT(*) FROM ledger WHERE state = 'released'"), kThreads * kCalls / 10);
  EXPECT_EQ(number("SELECT SUM(cost_nano_usd) FROM ledger"), settled(Scope::Project, "shop"));
  for (int k = 0; k < 5; ++k) {
    const std::string key = "k" + std::to_string(k);
    EXPECT_EQ(number("SELECT SUM(cost_nano_usd) FROM ledger WHERE key_id = '" + key + "'"),
              settled(Scope::Key, key));
  }
  expect_sums_match_rows();
  EXPECT_EQ(ledger_->stats().open_calls, 0u);
}

}  // namespace
}  // namespace tandem::cost
