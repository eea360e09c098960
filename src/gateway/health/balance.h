// Balance: which of an endpoint's targets a call asks first, and in what order the others stand by.
// Pure; a further policy (prefix affinity) is one more case here.
//   weight             drawn by weight
//   least_outstanding  of two drawn by weight, the one with fewer calls under way
//                      (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing")
//   latency            of two drawn by weight, the one where latency × calls under way is less
//   cost               the cheapest for the call's estimate; equals drawn by weight; without a
//                      price last
// Those that stand aside (health/outliers.h) come last, whatever the policy.
#pragma once

#include <span>
#include <vector>

#include "base/random.h"
#include "gateway/config.h"
#include "gateway/health/target_health.h"

namespace tandem::gateway {

// Indices of `weights`, every one once; those of weight 0 last, in their order. `loads` belongs to
// `weights`; it may be empty for Balance::Weight where none stands aside.
std::vector<size_t> balanced_order(Balance balance, std::span<const int64_t> weights,
                                   std::span<const TargetLoad> loads, SplitMix64& random);

}  // namespace tandem::gateway
