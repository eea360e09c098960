// ConcurrencyLimit: how many calls a target is given at a time. Fixed, or found out: the limit
// grows while answers begin as soon as they usually do, shrinks where they begin later, and shrinks
// by a tenth after a refusal (429), once for the calls that were under way together. What is usual
// is measured now and then with a quarter of the calls: an average alone would follow a crowd that
// queues inside the target. Pure; one thread at a time.
// Source: Netflix, concurrency-limits (GradientLimit with its probes, Gradient2Limit, AIMDLimit);
// one change a round trip as in TCP (RFC 5681).
//   if (!limit.begin(options)) … else { call; limit.end(sample, options, now_us); }
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "gateway/health/config.h"

namespace tandem::gateway {

class ConcurrencyLimit {
 public:
  // What a call that ended says about the limit.
  struct Sample {
    enum class Kind : uint8_t {
      Answered,
      Dropped,  // refused for load, or never answered
      Nothing,
    };
    Kind kind = Kind::Nothing;
    int64_t latency_us = 0;  // until the answer began or the refusal came
  };

  // Whether one more call may go; one that may is ended exactly once.
  bool begin(const ConcurrencyConfig& options);
  void end(const Sample& sample, const ConcurrencyConfig& options, SteadyUs now_us);

  int64_t limit(const ConcurrencyConfig& options) const;
  int64_t going() const { return going_; }

 private:
  void answered(double latency_us, const ConcurrencyConfig& options, SteadyUs now_us);
  void measured(double latency_us, SteadyUs begun_us);
  void change(const ConcurrencyConfig& options, SteadyUs now_us);

  double limit_ = 0;      // 0: no call has ended yet
  double recent_us_ = 0;  // average latency of the last answers
  double usual_us_ = 0;   // … of a target that is not crowded; 0: nobody knows
  int64_t going_ = 0;
  int64_t most_going_ = 0;  // since the last change
  SteadyUs changed_us_ = 0;
  SteadyUs lowered_us_ = 0;  // by a refusal

  // What is usual is measured from here on.
  bool measuring_ = true;
  SteadyUs measuring_since_us_ = 0;
  double measured_sum_us_ = 0;
  int64_t measured_ = 0;
  int64_t changes_ = 0;  // since it was measured last
};

}  // namespace tandem::gateway
