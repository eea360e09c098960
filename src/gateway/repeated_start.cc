#include "gateway/repeated_start.h"

#include <algorithm>
#include <utility>

namespace tandem::gateway {
namespace {

size_t words_in(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
    words += letter && !inside ? 1 : 0;
    inside = letter;
  }
  return words;
}

}  // namespace

RepeatedStart::RepeatedStart(std::string said) : said_(std::move(said)) {
  decided_ = said_.size() < kLeastBytes;
}

// Whether text that repeats what was said from `at` on would be a repetition.
bool RepeatedStart::may_begin(size_t at) const {
  const std::string_view rest = std::string_view(said_).substr(at);
  return rest.size() >= kLeastBytes && (at == 0 || words_in(rest) >= kLeastWords);
}

std::string RepeatedStart::feed(std::string_view piece) {
  if (decided_) return std::string(piece);
  held_ += piece;
  return decide();
}

std::string RepeatedStart::decide() {
  const std::string_view said = said_;
  const size_t first = said.size() > kMostBytes ? said.size() - kMostBytes : 0;
  size_t repeated = 0;
  for (size_t step = 0; step < said.size() - first + 1; ++step) {
    const size_t at = step == 0 ? 0 : first + step - 1;  // the whole of it, however long, first
    const std::string_view rest = said.substr(at);
    const size_t common = std::min(rest.size(), held_.size());
    if (rest.substr(0, common) != std::string_view(held_).substr(0, common)) continue;
    if (!may_begin(at)) continue;
    if (held_.size() < rest.size()) return {};  // it still may
    repeated = std::max(repeated, rest.size());
  }
  decided_ = true;
  return std::exchange(held_, {}).substr(repeated);
}

std::string RepeatedStart::flush() {
  decided_ = true;
  return std::exchange(held_, {});
}

}  // namespace tandem::gateway
