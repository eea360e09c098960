// kill -9 at random moments: every call that a child process admitted is in the ledger exactly
// once, at its cost where its settlement was acknowledged, else at its cost or its estimate; and
// the budgets of the next start are what the rows add up to.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using testing::kNoon;
using testing::must;

constexpr NanoUsd kEstimate = 1'000 * 2'000;

// What the child tells over its pipe. Costs follow from the number: output tokens are number % 97.
struct Told {
  enum class What : uint32_t { Reserved, Settled, Released } what;
  uint32_t thread;
  uint64_t number;
};
int64_t output_of(uint64_t number) {
  return static_cast<int64_t>(number % 97);
}
std::string id_of(uint32_t thread, uint64_t number) {
  return "r" + std::to_string(thread) + "-" + std::to_string(number);
}

// Not a test: the child's life.
TEST(CostCrashChild, DISABLED_CallsUntilItIsKilled) {
  const std::filesystem::path folder = std::getenv("TANDEM_CRASH_FOLDER");
  const int pipe = std::atoi(std::getenv("TANDEM_CRASH_PIPE"));
  const uint64_t first = std::strtoull(std::getenv("TANDEM_CRASH_NEXT"), nullptr, 10);
  auto db = must(store::open_sqlite((folder / "ledger.db").string()));
  auto journal = must(store::Journal::open(folder / "journal", {.segment_bytes = 64 * 1024}));
  Budgets budgets;
  PriceBook prices({{"m", testing::price_of(R"({"output": 2})")}});
  EnergyModel energy;
  JournalSink sink(*journal);
  LedgerOptions options;
  options.batch_interval_ms = 2;
  options.now = [] { return kNoon; };
  auto ledger = must(Ledger::open(*db, *journal, budgets, options));
  Accountant accountant(sink, budgets, prices, energy, {options.now});
  ledger->start();
  const auto tell = [&](Told::What what, uint32_t thread, uint64_t number) {
    const Told told{what, thread, number};
    ASSERT_EQ(::write(pipe, &told, sizeof told), static_cast<ssize_t>(sizeof told));
  };
  const auto live = [&](uint32_t thread) {
    for (uint64_t number = first;; ++number) {
      CallIdentity call;
      call.request_id = RequestId(id_of(thread, number));
      call.project = ProjectId("shop");
      call.target = call.model = "m";
      Usage estimate, usage;
      estimate.output_tokens = 1'000;
      usage.output_tokens = output_of(number);
      auto reservation = must(accountant.reserve(call, estimate));
      tell(Told::What::Reserved, thread, number);
      if (number % 5 == 0) {
        must(accountant.release(std::move(reservation), Reason::Reset));
        tell(Told::What::Released, thread, number);
      } else {
        must(accountant.settle(std::move(reservation), usage, {}));
        tell(Told::What::Settled, thread, number);
      }
    }
  };
  std::thread second(live, 1);
  live(0);
}

std::pair<pid_t, int> start_child(const std::filesystem::path& folder, uint64_t next) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const std::string pipe = std::to_string(ends[1]), from = std::to_string(next);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::setenv("TANDEM_CRASH_FOLDER", folder.c_str(), 1);
    ::setenv("TANDEM_CRASH_PIPE", pipe.c_str(), 1);
    ::setenv("TANDEM_CRASH_NEXT", from.c_str(), 1);
    ::execl("/proc/self/exe", "crash", "--gtest_also_run_disabled_tests",
            "--gtest_filter=CostCrashChild.*", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  return {child, ends[0]};
}

using Calls = std::map<std::string, Told>;  // the last that was told of each

// Listens until `enough` was told, kills, then reads what was still in the pipe.
uint64_t run_and_kill(const std::filesystem::path& folder, uint64_t next, size_t enough,
                      Calls& calls) {
  const auto [child, pipe] = start_child(folder, next);
  Told told{};
  uint64_t last = next;
  size_t count = 0;
  while (::read(pipe, &told, sizeof told) == static_cast<ssize_t>(sizeof told)) {
    calls[id_of(told.thread, told.number)] = told;
    last = std::max(last, told.number);
    if (++count == enough) ::kill(child, SIGKILL);
  }
  EXPECT_GE(count, enough) << "the child died by itself";
  ::close(pipe);
  ::waitpid(child, nullptr, 0);
  return last + 1000;  // ids are never used twice
}

struct Row {
  std::string state;
  NanoUsd cost;
};

TEST(CostCrash, EveryAdmittedCallIsInTheLedgerExactlyOnce) {
  store::testing::TempFolder folder;
  const std::string path = (folder / "ledger.db").string();
  auto db = must(store::open_sqlite(path));
  must(store::migrate(*db, migrations()));
  std::mt19937 random(20261124);
  Calls calls;
  uint64_t next = 0;
  size_t estimated = 0;
  for (int round = 0; round < 8; ++round) {
    next = run_and_kill(folder.path(), next, 1 + random() % 3000, calls);

    auto journal = must(store::Journal::open(folder / "journal", {}));
    Budgets budgets;
    LedgerOptions options;
    options.now = [] { return kNoon; };
    auto ledger = must(Ledger::open(*db, *journal, budgets, options));
    std::map<std::string, Row> rows;
    must(db->read_now([&](store::Connection& connection) {
      return connection.query(
          store::Statement{"rows", "SELECT request_id, state, cost_nano_usd FROM ledger"}, {},
          [&](const store::Row& row) {
            EXPECT_TRUE(rows.emplace(row.str(0), Row{row.str(1), row.integer(2)}).second);
            return true;
          });
    }));
    NanoUsd sum = 0;
    for (const auto& [id, row] : rows) sum += row.cost;
    EXPECT_EQ(budgets.spend(Scope::Project, "shop", kNoon)[2].settled_nano_usd, sum);
    for (const auto& [id, told] : calls) {
      const auto found = rows.find(id);
      ASSERT_NE(found, rows.end()) << id << " was admitted and has no row";
      const auto& [state, cost] = found->second;
      const NanoUsd price = told.number % 5 == 0 ? 0 : output_of(told.number) * 2'000;
      if (told.what == Told::What::Reserved && state == "estimated") {
        ASSERT_EQ(cost, kEstimate) << id;
        ++estimated;
      } else {
        ASSERT_EQ(cost, price) << id;
        ASSERT_EQ(state, told.number % 5 == 0 ? "released" : "settled") << id;
      }
    }
    // Calls that were admitted a moment before the kill and not told of: one per thread at most.
    ASSERT_LE(rows.size(), calls.size() + 2 * (static_cast<size_t>(round) + 1));
  }
  EXPECT_GT(estimated, 0u) << "no kill fell between a reservation and its end";
}

}  // namespace
}  // namespace tandem::cost
