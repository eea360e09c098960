#include "gateway/health/balance.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

namespace tandem::gateway {
namespace {

// Drawing without replacement: the first is the choice, the others stand by.
std::vector<size_t> drawn_by_weight(std::span<const int64_t> weights, SplitMix64& random) {
  std::vector<size_t> order;
  order.reserve(weights.size());
  std::vector<int64_t> left(weights.begin(), weights.end());
  while (order.size() < weights.size()) {
    const int64_t total = std::accumulate(left.begin(), left.end(), int64_t{0});
    if (total == 0) break;
    int64_t ticket = std::uniform_int_distribution<int64_t>(0, total - 1)(random);
    size_t drawn = 0;
    while (ticket >= left[drawn]) ticket -= left[drawn++];
    order.push_back(drawn);
    left[drawn] = 0;
  }
  return order;
}

double burden(Balance balance, const TargetLoad& load) {
  const auto calls = static_cast<double>(load.outstanding);
  // One that nobody knows yet is tried.
  return balance == Balance::Latency ? load.latency_us * (calls + 1) : calls;
}

}  // namespace

std::vector<size_t> balanced_order(Balance balance, std::span<const int64_t> weights,
                                   std::span<const TargetLoad> loads, SplitMix64& random) {
  if (weights.size() == 1) return {0};
  std::vector<size_t> order = drawn_by_weight(weights, random);
  if (balance == Balance::Cost) {
    const auto cost = [&](size_t i) { return loads[i].cost_nano_usd.value_or(INT64_MAX); };
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return cost(a) < cost(b); });
  } else if (balance != Balance::Weight && order.size() > 1 &&
             burden(balance, loads[order[1]]) < burden(balance, loads[order[0]])) {
    std::swap(order[0], order[1]);
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) order.push_back(i);
  }
  if (!loads.empty()) {
    std::stable_partition(order.begin(), order.end(), [&](size_t i) { return !loads[i].ejected; });
  }
  return order;
}

}  // namespace tandem::gateway
