// What the configuration of an endpoint may say of its queue. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/config/describe.h"

namespace tandem::gateway {

struct QueueConfig {
  static constexpr std::string_view kTypeName = "queue";
  int64_t max_calls = 0;
  int64_t max_waiting = 0;
  int64_t max_wait_ms = 30'000;
  std::map<std::string, int64_t> weights;
  std::vector<std::string> high;

  bool enabled() const { return max_calls > 0 || max_waiting > 0; }
  bool may_be_high(std::string_view project) const;

  template <class V>
  static void describe(V& v) {
    v.field("max_calls", &QueueConfig::max_calls,
            "Calls of this endpoint that go at a time; 0: as many as the concurrency limits of its "
            "targets allow.")
        .range(0, 1'000'000);
    v.field("max_waiting", &QueueConfig::max_waiting,
            "Further calls that wait; more are refused with retry-after. 0: none waits.")
        .range(0, 100'000);
    v.field("max_wait_ms", &QueueConfig::max_wait_ms,
            "Longest wait of a call, for its place and for a rate limit of its key.")
        .range(1, 3'600'000);
    v.field("weights", &QueueConfig::weights,
            "Shares of projects, or of teams that are named here, where calls wait; 1 where none "
            "is given.")
        .at_most(1000);
    v.field("high", &QueueConfig::high, "Projects whose calls may carry x-tandem-priority: high.")
        .at_most(1000);
  }
  void validate(config::Errors& errors) const;
};

}  // namespace tandem::gateway
