// Time as int64 microseconds: wall time for what is stored, steady time for deadlines.
// Pure logic takes `now` as a parameter; only I/O code calls these. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

using WallUs = int64_t;    // Unix microseconds, UTC
using SteadyUs = int64_t;  // microseconds of a clock that never goes back

WallUs wall_now_us();
SteadyUs steady_now_us();
// CPU time of the calling thread, microseconds.
int64_t thread_cpu_us();

// RFC 3339 in UTC with microseconds: 2026-11-24T08:15:30.000123Z.
std::string to_rfc3339(WallUs time_us);

// When something must be finished, on the steady clock. Default: never.
struct Deadline {
  SteadyUs at_us = INT64_MAX;

  static Deadline after_ms(int64_t ms, SteadyUs now_us) { return {now_us + ms * 1000}; }
  bool passed(SteadyUs now_us) const { return now_us >= at_us; }
  Deadline earlier(Deadline other) const { return at_us < other.at_us ? *this : other; }
};

}  // namespace tandem
