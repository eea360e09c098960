// Random schedules of faults, played in virtual time against the state machines of resilience and
// queueing (testing/virtual_gateway.h). TANDEM_SIMULATIONS=N plays N schedules instead of 100,000;
// TANDEM_SIMULATION_SEED=S begins at seed S. A failure names its seed: TANDEM_SIMULATIONS=1 with
// it plays that one again.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "gateway/testing/virtual_gateway.h"

namespace tandem::gateway {
namespace {

using testing::SimulationCounts;
using testing::VirtualGateway;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void add(SimulationCounts& sum, const SimulationCounts& more) {
  sum.calls += more.calls;
  sum.answered += more.answered;
  sum.failed += more.failed;
  sum.refused += more.refused;
  sum.expired += more.expired;
  sum.left += more.left;
  sum.attempts += more.attempts;
  sum.retries += more.retries;
  sum.hedges += more.hedges;
  sum.kept_away += more.kept_away;
  sum.probes += more.probes;
  sum.waited += more.waited;
}

TEST(Simulation, RandomSchedulesOfFaults) {
  const uint64_t schedules = number_from("TANDEM_SIMULATIONS", 100'000);
  const uint64_t first = number_from("TANDEM_SIMULATION_SEED", 1);
  SimulationCounts sum;
  for (uint64_t seed = first; seed < first + schedules; ++seed) {
    // Most are short; a long one now and then reaches the ends of budgets.
    VirtualGateway gateway(seed, seed % 2'000 == 0 ? 3'000 : 8);
    ASSERT_TRUE(gateway.run()) << "seed " << seed << ": " << gateway.failure();
    add(sum, gateway.counts());
  }
  std::printf(
      "%llu schedules: %lld calls, %lld answered, %lld failed, %lld refused, %lld waited in "
      "vain, %lld left; %lld attempts, %lld retries, %lld hedges, %lld times kept away, "
      "%lld probes, %lld waits\n",
      static_cast<unsigned long long>(schedules), static_cast<long long>(sum.calls),
      static_cast<long long>(sum.answered), static_cast<long long>(sum.failed),
      static_cast<long long>(sum.refused), static_cast<long long>(sum.expired),
      static_cast<long long>(sum.left), static_cast<long long>(sum.attempts),
      static_cast<long long>(sum.retries), static_cast<long long>(sum.hedges),
      static_cast<long long>(sum.kept_away), static_cast<long long>(sum.probes),
      static_cast<long long>(sum.waited));
  if (schedules < 1'000) return;
  // A simulation that never comes to something proves nothing about it.
  for (const int64_t seen : {sum.answered, sum.failed, sum.refused, sum.expired, sum.left,
                             sum.retries, sum.hedges, sum.kept_away, sum.probes, sum.waited}) {
    EXPECT_GT(seen, 0);
  }
}

// Goyal, Vin and Cheng, theorem 1: while two tenants always have calls waiting, what they are given
// for each unit of weight differs by no more than one largest call of each does.
TEST(Simulation, SharesStayWithinTheBoundOfStartTimeFairQueueing) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const auto draw = [&](int64_t least, int64_t most) {
      return std::uniform_int_distribution<int64_t>(least, most)(random);
    };
    const std::array<int64_t, 2> weights{draw(1, 10), draw(1, 10)};
    const int64_t largest = draw(1, 5'000);
    FairQueue queue({draw(1, 16), 1'000'000, 0});
    std::map<FairQueue::Ticket, std::pair<size_t, int64_t>> waiting;
    std::array<int64_t, 2> backlog{};
    const auto fill = [&] {
      for (size_t tenant = 0; tenant < 2; ++tenant) {
        while (backlog[tenant] < 3) {
          const int64_t cost = draw(1, largest);
          const auto answer =
              queue.arrive({Priority::Normal, tenant == 0 ? "a" : "b", weights[tenant], cost}, 0);
          if (answer.decision != FairQueue::Decision::Waits) continue;
          waiting[answer.ticket] = {tenant, cost};
          ++backlog[tenant];
        }
      }
    };
    fill();
    double least = 0, most = 0;
    std::array<double, 2> given{};
    for (int i = 0; i < 2'000; ++i) {
      for (const auto ticket : queue.release(0)) {
        const auto [tenant, cost] = waiting.at(ticket);
        waiting.erase(ticket);
        --backlog[tenant];
        given[tenant] += static_cast<double>(cost) / static_cast<double>(weights[tenant]);
      }
      fill();
      least = std::min(least, given[0] - given[1]);
      most = std::max(most, given[0] - given[1]);
    }
    const double bound = static_cast<double>(largest) / static_cast<double>(weights[0]) +
                         static_cast<double>(largest) / static_cast<double>(weights[1]);
    // Virtual time is in thousandths of a token: 2,000 calls may each be rounded by one.
    ASSERT_LE(most - least, bound + 2'000 * 0.001) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tandem::gateway
