#include "base/clock.h"

#include <fmt/format.h>
#include <time.h>

namespace tandem {
namespace {

int64_t read_us(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

}  // namespace

WallUs wall_now_us() {
  return read_us(CLOCK_REALTIME);
}
SteadyUs steady_now_us() {
  return read_us(CLOCK_MONOTONIC);
}
int64_t thread_cpu_us() {
  return read_us(CLOCK_THREAD_CPUTIME_ID);
}

std::string to_rfc3339(WallUs time_us) {
  const int64_t micros = ((time_us % 1'000'000) + 1'000'000) % 1'000'000;
  const auto seconds = static_cast<time_t>((time_us - micros) / 1'000'000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     micros);
}

}  // namespace tandem
