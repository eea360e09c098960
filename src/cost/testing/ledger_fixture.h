// LedgerFixture: a database of either kind, a journal, budgets, an accountant and a ledger, which
// can be stopped and started again like a server. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "base/time/calendar.h"
#include "cost/accountant.h"
#include "cost/ledger.h"
#include "cost/schema.h"
#include "cost/testing/price_of.h"
#include "store/migrations.h"
#include "store/testing/temp_folder.h"
#include "store/testing/test_db.h"

namespace tandem::cost::testing {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline const WallUs kNoon = *time::parse("2026-11-24T12:00:00Z");

class LedgerFixture : public ::testing::TestWithParam<store::Dialect> {
 protected:
  explicit LedgerFixture(store::Dialect dialect = GetParam()) : db_(dialect) {
    must(store::migrate(*db_, migrations()));
    options_.now = [this] { return now_us_.load(); };
    options_.batch_interval_ms = 5;
    options_.retry_least_ms = 1;
    options_.retry_most_ms = 5;
    prices_.configure({{"m", price_of(R"({"input": 1, "output": 2})")}});
  }
  ~LedgerFixture() override { stop(); }

  // Everything that a start of the server does; what open() says.
  Result<void> try_start() {
    budgets_ = std::make_unique<Budgets>();
    TRY(journal_, store::Journal::open(folder_ / "journal", journal_options_));
    TRY(ledger_, Ledger::open(*db_, *journal_, *budgets_, options_));
    sink_ = std::make_unique<Sink>(*journal_);
    accountant_ = std::make_unique<Accountant>(*sink_, *budgets_, prices_, energy_,
                                               Accountant::Options{options_.now});
    ledger_->start([accountant = accountant_.get()] { accountant->retry_unwritten(); });
    return {};
  }
  void start() { must(try_start()); }
  void stop() {
    if (ledger_) ledger_->stop();
    accountant_.reset();
    ledger_.reset();
    sink_.reset();
    journal_.reset();
  }
  void catch_up() { ASSERT_TRUE(ledger_->catch_up(20'000)); }

  CallIdentity call(const std::string& request_id, std::string_view key = "k1") const {
    CallIdentity call;
    call.request_id = RequestId(request_id);
    call.trace_id = *TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736");
    call.project = ProjectId("shop");
    call.key = KeyId(key);
    call.team = TeamId("support");
    call.endpoint = "chat";
    call.target = "acme/m";
    call.model = "m";
    call.kind = "chat";
    return call;
  }
  static Usage usage(int64_t input, int64_t output) {
    Usage usage;
    usage.input_tokens = input;
    usage.output_tokens = output;
    usage.reported = true;
    return usage;
  }
  Reservation reserve(const std::string& request_id, int64_t output = 1000) {
    return must(accountant_->reserve(call(request_id), usage(0, output)));
  }
  void settle(const std::string& request_id, int64_t output) {
    must(accountant_->settle(reserve(request_id), usage(0, output), {}));
  }
  // A reservation whose process died: no end is ever written.
  void leak(Reservation reservation) { leaked_.push_back(std::move(reservation)); }
  // Ends what was leaked somewhere else than in the journal under test.
  void crash() {
    ledger_->stop();
    ledger_.reset();
    sink_->broken = true;
    leaked_.clear();
    accountant_.reset();
    sink_.reset();
    journal_.reset();
  }

  int64_t number(const std::string& sql) {
    return must((*db_).read_now([&](store::Connection& connection) -> Result<int64_t> {
      TRY(const auto found, connection.find(store::Statement{"test", sql}, {},
                                            [](const store::Row& row) { return row.integer(0); }));
      return found.value_or(-1);
    }));
  }
  std::string text(const std::string& sql) {
    return must((*db_).read_now([&](store::Connection& connection) -> Result<std::string> {
      TRY(const auto found, connection.find(store::Statement{"test", sql}, {},
                                            [](const store::Row& row) { return row.str(0); }));
      return found.value_or("(none)");
    }));
  }
  void execute(const std::string& sql) {
    must((*db_).write_now([&](store::Connection& connection) {
      return connection.script(store::Statement{"test", sql});
    }));
  }
  NanoUsd settled(Scope scope, std::string_view id, Period period = Period::Total) {
    return budgets_->spend(scope, id, now_us_)[static_cast<size_t>(period)].settled_nano_usd;
  }
  // Budget sums and hourly sums are exactly what the ledger's rows add up to.
  void expect_sums_match_rows() {
    EXPECT_EQ(number("SELECT COALESCE(SUM(calls), 0) FROM ledger_hours"),
              number("SELECT COUNT(*) FROM ledger"));
    EXPECT_EQ(number("SELECT COALESCE(SUM(cost_nano_usd), 0) FROM ledger_hours"),
              number("SELECT COALESCE(SUM(cost_nano_usd), 0) FROM ledger"));
    for (const char* scope_and_column : {"project", "key", "team"}) {
      const std::string scope = scope_and_column;
      const std::string column = scope == "project" ? scope : scope + "_id";
      EXPECT_EQ(
          number("SELECT COALESCE(SUM(settled_nano_usd), 0) FROM budget_sums WHERE period = "
                 "'total' AND scope = '" +
                 scope + "'"),
          number("SELECT COALESCE(SUM(cost_nano_usd), 0) FROM ledger WHERE " + column + " <> ''"))
          << scope;
    }
  }

  // A sink that can lose the end of a call, as a crash does.
  struct Sink : JournalSink {
    using JournalSink::JournalSink;
    bool broken = false;
    Result<void> append(store::RecordKind kind, std::span<const uint8_t> payload) override {
      if (broken) return fail(Code::StorageFailed, "crashed");
      return JournalSink::append(kind, payload);
    }
  };

  store::testing::TempFolder folder_;
  store::testing::TestDb db_;
  std::atomic<WallUs> now_us_{kNoon};
  store::JournalOptions journal_options_{.sync = store::Sync::Os};
  LedgerOptions options_;
  PriceBook prices_;
  EnergyModel energy_;
  std::unique_ptr<Budgets> budgets_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Accountant> accountant_;
  std::vector<Reservation> leaked_;
};

}  // namespace tandem::cost::testing
