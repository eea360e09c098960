#include "cost/ledger.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "cost/ledger_fold.h"

namespace tandem::cost {
namespace {

constexpr int64_t kIdleWaitMs = 50;
constexpr SteadyUs kWarnEveryUs = 60'000'000;

}  // namespace

struct Ledger::State {
  State(store::Db& db_in, store::Journal& journal_in, LedgerOptions options_in)
      : db(db_in),
        journal(journal_in),
        options(std::move(options_in)),
        fold(db, journal, options) {}

  Result<void> recover(Budgets& budgets);
  Result<void> fold_all();
  void run();
  enum class Step : uint8_t { Worked, Idle, Failed };
  Step step(bool stopping);
  void failed(const Error& error);
  void publish();
  // True where the ledger shall stop.
  bool wait_ms(int64_t milliseconds);

  store::Db& db;
  store::Journal& journal;
  const LedgerOptions options;
  LedgerFold fold;  // the thread's, once it runs
  std::function<void()> on_tick;
  std::thread thread;
  SteadyUs last_commit_us = 0;
  SteadyUs last_warning_us = 0;
  bool failing = false;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool running = false;
  LedgerStats stats;  // as of the last publish()
  WallUs oldest_us = 0;
  store::Position caught_up;  // everything before it is in the database
};

// Folds all that is there; at start, on the caller's thread.
Result<void> Ledger::State::fold_all() {
  while (true) {
    TRY(const LedgerFold::Read read, fold.read());
    if (!fold.batch_empty()) TRY_VOID(fold.commit());
    if (read == LedgerFold::Read::AtEnd) return {};
  }
}

Result<void> Ledger::State::recover(Budgets& budgets) {
  TRY_VOID(fold.open());
  TRY_VOID(fold_all());
  TRY(const size_t orphans, fold.settle_orphans(options.now()));
  if (orphans > 0) {
    log::warn("cost",
              "{} calls were open when the server stopped; they are settled at their "
              "estimates",
              orphans);
    TRY_VOID(fold_all());
  }
  stats.recovered = orphans;
  const WallUs now_us = options.now();
  TRY(const auto sums, db.read_now([&](store::Connection& connection) {
    return ledger_store::read_sums(connection, now_us);
  }));
  for (const ledger_store::Sum& sum : sums) {
    budgets.restore(sum.scope, sum.id, sum.period, sum.start_us, sum.settled_nano_usd);
  }
  publish();
  return {};
}

void Ledger::State::run() {
  pthread_setname_np(pthread_self(), "ledger");
  int64_t retry_ms = options.retry_least_ms;
  while (true) {
    bool stop = false;
    {
      std::lock_guard lock(mutex);
      stop = stopping;
    }
    if (on_tick) on_tick();
    const store::Position end = journal.end();
    const Step done = step(stop);
    publish();
    if (done == Step::Failed) {
      if (stop || wait_ms(retry_ms)) return;
      retry_ms = std::min(retry_ms * 2, options.retry_most_ms);
      continue;
    }
    retry_ms = options.retry_least_ms;
    if (done == Step::Worked) continue;
    {
      std::lock_guard lock(mutex);
      caught_up = std::max(caught_up, end);
    }
    changed.notify_all();
    if (stop) return;
    journal.wait_past(end, kIdleWaitMs);
  }
}

// Reads what is there and commits it when the batch is full or old enough.
Ledger::State::Step Ledger::State::step(bool stop) {
  const auto read = fold.read();
  if (!read) {
    failed(read.error());
    return Step::Failed;
  }
  if (fold.batch_empty()) return Step::Idle;
  const int64_t since_ms = (steady_now_us() - last_commit_us) / 1000;
  if (!stop && !fold.batch_full() && since_ms < options.batch_interval_ms) {
    wait_ms(options.batch_interval_ms - since_ms);
    return Step::Worked;
  }
  if (auto committed = fold.commit(); !committed) {
    failed(committed.error());
    return Step::Failed;
  }
  last_commit_us = steady_now_us();
  if (failing) log::info("cost", "the ledger is written again");
  failing = false;
  return Step::Worked;
}

void Ledger::State::failed(const Error& error) {
  {
    std::lock_guard lock(mutex);
    ++stats.failures;
  }
  const SteadyUs now = steady_now_us();
  if (failing && now - last_warning_us < kWarnEveryUs) return;
  failing = true;
  last_warning_us = now;
  log::error("cost",
             "the ledger cannot be written and is tried again; nothing is lost, the journal "
             "keeps it: {}",
             error.describe());
}

void Ledger::State::publish() {
  std::lock_guard lock(mutex);
  const LedgerFold::Counters& counters = fold.counters();
  stats.rows = counters.rows;
  stats.duplicates = counters.duplicates;
  stats.rejects = counters.rejects;
  stats.commits = counters.commits;
  stats.damaged_segments = counters.damaged_segments;
  stats.open_calls = fold.open_calls().size();
  stats.pending_records = fold.batch_size();
  stats.folded = fold.folded();
  oldest_us = fold.oldest_us();
}

bool Ledger::State::wait_ms(int64_t milliseconds) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, std::chrono::milliseconds(milliseconds),
                          [this] { return stopping; });
}

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() {
  stop();
}

Result<std::unique_ptr<Ledger>> Ledger::open(store::Db& db, store::Journal& journal,
                                             Budgets& budgets, LedgerOptions options) {
  auto state = std::make_unique<State>(db, journal, std::move(options));
  TRY_VOID(state->recover(budgets));
  return std::unique_ptr<Ledger>(new Ledger(std::move(state)));
}

void Ledger::start(std::function<void()> on_tick) {
  std::lock_guard lock(state_->mutex);
  if (state_->running) return;
  state_->running = true;
  state_->stopping = false;
  state_->on_tick = std::move(on_tick);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Ledger::stop() {
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->running) return;
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
  std::lock_guard lock(state_->mutex);
  state_->running = false;
}

bool Ledger::catch_up(int64_t timeout_ms) {
  const store::Position target = state_->journal.end();
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] {
    return state_->caught_up >= target || state_->stopping;
  }) && state_->caught_up >= target;
}

LedgerStats Ledger::stats() const {
  std::lock_guard lock(state_->mutex);
  LedgerStats out = state_->stats;
  if (state_->oldest_us > 0)
    out.lag_us = std::max<int64_t>(0, state_->options.now() - state_->oldest_us);
  return out;
}

}  // namespace tandem::cost
