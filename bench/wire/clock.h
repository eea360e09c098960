// The one clock of the benchmark tools: monotonic nanoseconds, the same in every process of the
// machine, so that times taken by the client and by the mock upstream can be compared.
#pragma once

#include <ctime>

#include <cstdint>

namespace tandem::bench {

inline uint64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace tandem::bench
