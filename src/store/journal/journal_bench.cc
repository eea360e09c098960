// What the request path pays for a journal record. Run in a folder of the disk that the server
// uses:
//   TMPDIR=/var/lib/tandem build/bench/src/store/tandem_store_bench --benchmark_filter=Journal
#include <benchmark/benchmark.h>

#include <vector>

#include "store/journal.h"
#include "store/journal/crc32c.h"
#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

void append(benchmark::State& state, Sync sync) {
  static testing::TempFolder* folder = nullptr;
  static std::unique_ptr<Journal> journal;
  if (state.thread_index() == 0) {
    folder = new testing::TempFolder;
    journal = *Journal::open(folder->path(), {.sync = sync});
  }
  const std::vector<uint8_t> payload(static_cast<size_t>(state.range(0)), 'x');
  uint64_t appended = 0;
  for (auto _ : state) {
    auto at = journal->append(RecordKind::Reserve, payload);
    if (!at) state.SkipWithError(at.error().message.c_str());
    // Bounds the disk space that a long run takes.
    if (++appended % 100'000 == 0) (void)journal->drop_before(*at);
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    state.counters["syncs"] = static_cast<double>(journal->stats().syncs);
    journal.reset();
    delete folder;
  }
}

void BM_JournalAppendOs(benchmark::State& state) {
  append(state, Sync::Os);
}
void BM_JournalAppendInterval(benchmark::State& state) {
  append(state, Sync::Interval);
}
void BM_JournalAppendAlways(benchmark::State& state) {
  append(state, Sync::Always);
}
BENCHMARK(BM_JournalAppendOs)->Arg(100)->Arg(300)->Arg(4000)->UseRealTime();
BENCHMARK(BM_JournalAppendOs)->Arg(300)->Threads(4)->UseRealTime();
BENCHMARK(BM_JournalAppendInterval)->Arg(300)->UseRealTime();
BENCHMARK(BM_JournalAppendInterval)->Arg(300)->Threads(4)->UseRealTime();
BENCHMARK(BM_JournalAppendAlways)->Arg(300)->UseRealTime();
BENCHMARK(BM_JournalAppendAlways)->Arg(300)->Threads(16)->UseRealTime();

void BM_JournalRead(benchmark::State& state) {
  const testing::TempFolder folder;
  constexpr int kRecords = 100'000;
  {
    auto journal = *Journal::open(folder.path(), {.sync = Sync::Os});
    const std::vector<uint8_t> payload(300, 'x');
    for (int i = 0; i < kRecords; ++i) (void)journal->append(RecordKind::Reserve, payload);
  }
  for (auto _ : state) {
    auto reader = *JournalReader::open(folder.path(), {});
    int64_t records = 0;
    while (*reader.next()) ++records;
    benchmark::DoNotOptimize(records);
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_JournalRead)->Unit(benchmark::kMillisecond);

void BM_Crc32c(benchmark::State& state) {
  const std::vector<uint8_t> bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Crc32c)->Arg(300)->Arg(65536);
void BM_Crc32cPortable(benchmark::State& state) {
  const std::vector<uint8_t> bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c_portable(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Crc32cPortable)->Arg(300)->Arg(65536);

}  // namespace
}  // namespace tandem::store
