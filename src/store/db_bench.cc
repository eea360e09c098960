// What SQLite costs behind Db: group commit with many callers, and the price of the thin layer
// against bare calls of the C library (the measurement of ADR 0002).
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include "store/db.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

constexpr Statement kInsert{"insert", "INSERT INTO rows (id, name, cost) VALUES (?, ?, ?)"};
constexpr Statement kSelect{"select", "SELECT name, cost FROM rows WHERE id = ?"};
constexpr std::string_view kCreate =
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT, cost INTEGER)";
constexpr std::string_view kText = "a name of ordinary length";

struct Fixture {
  testing::TempFolder folder;
  std::unique_ptr<Db> db;
  std::atomic<int64_t> next{1};

  Fixture() : db(*open_sqlite(folder / "bench.db")) {
    (void)db->write_now([](Connection& c) { return c.run({"create", kCreate}); });
  }
};

void BM_DbGroupCommit(benchmark::State& state) {
  static Fixture* fixture = nullptr;
  if (state.thread_index() == 0) fixture = new Fixture;
  for (auto _ : state) {
    const int64_t id = fixture->next.fetch_add(1);
    auto done = fixture->db->write_now([&](Connection& c) {
      return c.run(kInsert, {id, kText, id});
    });
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    const DbStats stats = fixture->db->stats();
    state.counters["jobs_per_commit"] =
        static_cast<double>(stats.writes) / static_cast<double>(stats.commits);
    delete fixture;
  }
}
BENCHMARK(BM_DbGroupCommit)->Threads(1)->Threads(16)->Threads(64)->UseRealTime();

// Inside of one transaction, so that only the layer is measured.
void BM_DbInsertsInOneJob(benchmark::State& state) {
  Fixture fixture;
  (void)fixture.db->write_now([&](Connection& c) -> Result<void> {
    for (auto _ : state) {
      const int64_t id = fixture.next.fetch_add(1);
      TRY_VOID(c.run(kInsert, {id, kText, id}));
    }
    return {};
  });
}
BENCHMARK(BM_DbInsertsInOneJob);

void BM_BareSqliteInserts(benchmark::State& state) {
  const testing::TempFolder folder;
  sqlite3* db = nullptr;
  sqlite3_open((folder / "bench.db").c_str(), &db);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
  sqlite3_exec(db, std::string(kCreate).c_str(), nullptr, nullptr, nullptr);
  sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, kInsert.sql.data(), -1, &insert, nullptr);
  int64_t id = 1;
  for (auto _ : state) {
    sqlite3_bind_int64(insert, 1, id);
    sqlite3_bind_text(insert, 2, kText.data(), static_cast<int>(kText.size()), SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, id++);
    sqlite3_step(insert);
    sqlite3_reset(insert);
    sqlite3_clear_bindings(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(db);
}
BENCHMARK(BM_BareSqliteInserts);

void BM_DbPointReads(benchmark::State& state) {
  Fixture fixture;
  (void)fixture.db->write_now([&](Connection& c) -> Result<void> {
    for (int64_t id = 0; id < 10'000; ++id) TRY_VOID(c.run(kInsert, {id, kText, id}));
    return {};
  });
  (void)fixture.db->read_now([&](Connection& c) -> Result<void> {
    int64_t id = 0;
    for (auto _ : state) {
      TRY(auto cost,
          c.find(kSelect, {id++ % 10'000}, [](const Row& row) { return row.integer(1); }));
      benchmark::DoNotOptimize(cost);
    }
    return {};
  });
}
BENCHMARK(BM_DbPointReads);

void BM_DbReadJob(benchmark::State& state) {
  Fixture fixture;
  for (auto _ : state) {
    auto cost = fixture.db->read_now([&](Connection& c) {
      return c.find(kSelect, {1}, [](const Row& row) { return row.integer(1); });
    });
    benchmark::DoNotOptimize(cost);
  }
}
BENCHMARK(BM_DbReadJob)->UseRealTime();

}  // namespace
}  // namespace tandem::store
