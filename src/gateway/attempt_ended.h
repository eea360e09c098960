// What follows for a target and its endpoint from how an attempt ended: its breaker, whether it
// stands aside, how many calls it takes from now on. Any io thread.
#pragma once

#include "base/metrics/metrics.h"
#include "gateway/catalog/endpoint.h"

namespace tandem::gateway {

struct AttemptEnd {
  Outcome outcome;
  SteadyUs begun_us;
  int64_t latency_us;  // until the answer began, or it failed
  SteadyUs now_us;
};

void attempt_ended(const Endpoint& endpoint, const Target& target, const AttemptEnd& end,
                   metrics::Metrics& metrics);

}  // namespace tandem::gateway
