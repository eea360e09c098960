// OutputLines: what a child writes, cut into lines: the last ones are kept for error messages, and
// a budget says which may go to our log. Pure: the caller passes the time. Memory is bounded
// whatever the child writes. One per child, on the supervisor's thread.
//   lines.feed(bytes, now_us, [](std::string_view line) { log::debug("engines", "{}", line); });
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tandem::engines {

class OutputLines {
 public:
  static constexpr size_t kKeptLines = 40;
  static constexpr size_t kMaxLineBytes = 512;    // the rest of a longer line is dropped
  static constexpr int64_t kBurstLines = 100;     // may be logged at once…
  static constexpr int64_t kLinesPerSecond = 20;  // …and as many a second after that

  using Each = std::function<void(std::string_view line)>;
  // Calls `log` for each complete line that the budget allows, and once with their number for those
  // that it did not.
  void feed(std::string_view bytes, SteadyUs now_us, const Each& log);
  // The end of the output: an incomplete line counts as one.
  void finish(SteadyUs now_us, const Each& log);

  // The last `count` lines that say something, joined by " | ", at most `max_bytes`.
  std::string last(size_t count, size_t max_bytes) const;
  uint64_t suppressed() const { return suppressed_; }

 private:
  void end_line(SteadyUs now_us, const Each& log);
  bool take_from_budget(SteadyUs now_us);

  std::string open_;  // the line so far
  std::deque<std::string> kept_;
  int64_t budget_ = kBurstLines;
  SteadyUs refilled_us_ = 0;
  uint64_t suppressed_ = 0;
  uint64_t unreported_ = 0;
};

}  // namespace tandem::engines
