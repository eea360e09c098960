#include "engines/llama/output_lines.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::engines {

void OutputLines::feed(std::string_view bytes, SteadyUs now_us, const Each& log) {
  for (const char c : bytes) {
    if (c == '\n') {
      end_line(now_us, log);
    } else if (open_.size() < kMaxLineBytes) {
      // Control characters would let a child write lines of its own into our log.
      open_ += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
}

void OutputLines::finish(SteadyUs now_us, const Each& log) {
  if (!open_.empty()) end_line(now_us, log);
}

void OutputLines::end_line(SteadyUs now_us, const Each& log) {
  while (!open_.empty() && open_.back() == ' ') open_.pop_back();
  if (open_.empty()) return;
  if (take_from_budget(now_us)) {
    if (unreported_ > 0) log(fmt::format("({} lines were not logged)", unreported_));
    unreported_ = 0;
    log(open_);
  } else {
    ++suppressed_;
    ++unreported_;
  }
  kept_.push_back(std::move(open_));
  if (kept_.size() > kKeptLines) kept_.pop_front();
  open_.clear();
}

bool OutputLines::take_from_budget(SteadyUs now_us) {
  const int64_t earned = (now_us - refilled_us_) * kLinesPerSecond / 1'000'000;
  if (earned > 0) {
    budget_ = std::min(kBurstLines, budget_ + earned);
    refilled_us_ = now_us;
  }
  if (budget_ == 0) return false;
  --budget_;
  return true;
}

std::string OutputLines::last(size_t count, size_t max_bytes) const {
  std::string text;
  const size_t first = kept_.size() > count ? kept_.size() - count : 0;
  for (size_t i = first; i < kept_.size(); ++i) {
    if (!text.empty()) text += " | ";
    text += kept_[i];
  }
  if (text.size() > max_bytes) text.erase(0, text.size() - max_bytes);
  return text;
}

}  // namespace tandem::engines
