// What a call pays for being accounted for: the whole of reserve and settle without the journal's
// system calls (target: below 3 µs), the same with a real journal, the parts, and how many rows a
// second the ledger folds into SQLite.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "cost/accountant.h"
#include "cost/builtin_prices.h"
#include "cost/ledger.h"
#include "cost/record.h"
#include "cost/schema.h"
#include "store/migrations.h"
#include "store/testing/temp_folder.h"

namespace tandem::cost {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class NullSink : public RecordSink {
 public:
  Result<void> append(store::RecordKind, std::span<const uint8_t> payload) override {
    benchmark::DoNotOptimize(payload.data());
    return {};
  }
};

CallIdentity example_call() {
  CallIdentity call;
  call.request_id = RequestId("req_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.trace_id = *TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736");
  call.project = ProjectId("support");
  call.key = KeyId("key_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.user = UserId("user_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.team = TeamId("team_01J9Z3NDEKTSV4RRFFQ69G5FAV");
  call.endpoint = "support-chat";
  call.target = "openai/gpt-4o-mini-2024-07-18";
  call.model = "gpt-4o-mini-2024-07-18";
  call.kind = "chat";
  return call;
}

Usage usage_of(int64_t input, int64_t output) {
  Usage usage;
  usage.input_tokens = input;
  usage.output_tokens = output;
  usage.reported = true;
  return usage;
}

// Every scope has a hard monthly budget, so that every check is made.
void limit_everything(Budgets& budgets, const CallIdentity& call) {
  Limit limit;
  limit.nano_usd = INT64_MAX;
  const std::pair<Scope, std::string_view> scopes[] = {{Scope::Organisation, kOrganisationId},
                                                       {Scope::Project, call.project.view()},
                                                       {Scope::Team, call.team.view()},
                                                       {Scope::User, call.user.view()},
                                                       {Scope::Key, call.key.view()}};
  for (const auto& [scope, id] : scopes) must(budgets.set_limit(scope, id, limit));
}

struct World {
  explicit World(RecordSink& sink) : accountant(sink, budgets, prices, energy) {
    limit_everything(budgets, example_call());
  }
  void one_call() {
    const CallIdentity call = example_call();
    Reservation reservation = must(accountant.reserve(call, usage_of(900, 4096)));
    benchmark::DoNotOptimize(
        must(accountant.settle(std::move(reservation), usage_of(900, 212), {})));
  }
  Budgets budgets;
  PriceBook prices;
  EnergyModel energy;
  Accountant accountant;
};

void BM_ReserveAndSettle(benchmark::State& state) {
  static NullSink sink;
  static World world(sink);
  for (auto _ : state) world.one_call();
}
BENCHMARK(BM_ReserveAndSettle)->ThreadRange(1, 4)->UseRealTime();

void BM_ReserveAndSettleInAJournal(benchmark::State& state) {
  static store::testing::TempFolder folder;
  static auto journal = must(store::Journal::open(folder / "journal", {.sync = store::Sync::Os}));
  static JournalSink sink(*journal);
  static World world(sink);
  for (auto _ : state) world.one_call();
}
BENCHMARK(BM_ReserveAndSettleInAJournal)->ThreadRange(1, 4)->UseRealTime();

void BM_BudgetsReserveAndSettle(benchmark::State& state) {
  static Budgets budgets;
  const CallIdentity call = example_call();
  const ScopeIds ids = call.scopes();
  limit_everything(budgets, call);
  const WallUs now = wall_now_us();
  for (auto _ : state) budgets.settle(must(budgets.reserve(ids, 1000, now)), 10);
}
BENCHMARK(BM_BudgetsReserveAndSettle)->ThreadRange(1, 4)->UseRealTime();

void BM_PriceFind(benchmark::State& state, std::string_view model) {
  const Prices prices({}, builtin_prices());
  for (auto _ : state) benchmark::DoNotOptimize(prices.find(model));
}
BENCHMARK_CAPTURE(BM_PriceFind, exact, "gpt-4o-mini");
BENCHMARK_CAPTURE(BM_PriceFind, dated, "openai/gpt-4o-mini-2024-07-18");
BENCHMARK_CAPTURE(BM_PriceFind, unknown, "nowhere/some-model");

void BM_CostOf(benchmark::State& state) {
  const Prices prices({}, builtin_prices());
  const Price* price = prices.find("gpt-4o-mini");
  Usage usage = usage_of(900, 212);
  for (auto _ : state) {
    benchmark::DoNotOptimize(usage);
    benchmark::DoNotOptimize(cost_of(usage, *price));
  }
}
BENCHMARK(BM_CostOf);

void BM_EncodeEnd(benchmark::State& state) {
  RecordBytes identity;
  encode_call(example_call(), wall_now_us(), identity);
  EndRecord record;
  record.usage = usage_of(900, 212);
  for (auto _ : state) {
    RecordBytes payload;
    encode_end(identity.view(), record, payload);
    benchmark::DoNotOptimize(payload.view().data());
  }
}
BENCHMARK(BM_EncodeEnd);

// Rows a second from the journal into SQLite, and how long one row takes to become readable.
void BM_LedgerFold(benchmark::State& state) {
  const auto calls = static_cast<int64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    store::testing::TempFolder folder;
    auto db = must(store::open_sqlite((folder / "bench.db").string()));
    must(store::migrate(*db, migrations()));
    auto journal = must(store::Journal::open(folder / "journal", {.sync = store::Sync::Os}));
    Budgets nobody;
    auto ledger = must(Ledger::open(*db, *journal, nobody, {}));
    JournalSink sink(*journal);
    World world(sink);
    for (int64_t i = 0; i < calls; ++i) {
      CallIdentity call = example_call();
      call.request_id = RequestId("req_" + std::to_string(i));
      must(world.accountant.settle(must(world.accountant.reserve(call, usage_of(900, 4096))),
                                   usage_of(900, 212), {}));
    }
    state.ResumeTiming();
    ledger->start();
    if (!ledger->catch_up(60'000)) state.SkipWithError("the ledger did not catch up");
    state.PauseTiming();
    ledger.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * calls);
}
BENCHMARK(BM_LedgerFold)->Arg(1)->Arg(20'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tandem::cost
