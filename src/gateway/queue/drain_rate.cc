#include "gateway/queue/drain_rate.h"

#include <algorithm>

namespace tandem::gateway {
namespace {

constexpr int64_t kUnknownSeconds = 5;  // nothing has ended yet
constexpr int64_t kStuckSeconds = 30;   // nothing has ended lately
constexpr int64_t kMostSeconds = 300;
constexpr int64_t kSecondUs = 1'000'000;

}  // namespace

void DrainRate::ended(SteadyUs now_us) {
  if (first_us_ < 0) first_us_ = now_us;
  const int64_t number = now_us / kSecondUs;
  Second& second = seconds_[static_cast<size_t>(number % kSeconds)];
  if (second.number != number) second = {number, 0};
  ++second.calls;
}

int64_t DrainRate::seconds_until_served(int64_t ahead, SteadyUs now_us) const {
  const int64_t newest = now_us / kSecondUs;
  int64_t calls = 0;
  for (const Second& second : seconds_) {
    if (second.number >= 0 && newest - second.number < kSeconds) calls += second.calls;
  }
  if (calls == 0) return first_us_ < 0 ? kUnknownSeconds : kStuckSeconds;
  const int64_t span_us = std::clamp<int64_t>(now_us - first_us_, kSecondUs, kSeconds * kSecondUs);
  const int64_t need_us = (ahead + 1) * span_us / calls;
  return std::clamp<int64_t>((need_us + kSecondUs - 1) / kSecondUs, 1, kMostSeconds);
}

}  // namespace tandem::gateway
