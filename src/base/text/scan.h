// Looks for the rare byte that needs care, eight bytes at a time. Pure.
// Source of the bit tricks: Warren, Hacker's Delight, section 6-1.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tandem::text {

namespace detail {
inline constexpr uint64_t kOnes = 0x0101010101010101;
inline constexpr uint64_t kHighs = 0x8080808080808080;

inline uint64_t load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
// Non-zero where a byte is below `limit` (at most 0x80).
inline uint64_t any_below(uint64_t word, uint8_t limit) {
  return (word - kOnes * limit) & ~word & kHighs;
}
inline uint64_t any_equal(uint64_t word, char byte) {
  return any_below(word ^ kOnes * static_cast<uint8_t>(byte), 1);
}
}  // namespace detail

// Whether a byte below 0x20 is in `text`.
inline bool has_control(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    if (detail::any_below(detail::load(text.data() + at), 0x20)) return true;
  }
  for (; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) < 0x20) return true;
  }
  return false;
}

// Whether a JSON string holds `byte` as it is (RFC 8259 section 7), leaving UTF-8 aside.
inline bool is_plain_json(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0x20 && value < 0x80 && byte != '"' && byte != '\\';
}

// How many bytes at the front of `text` are ASCII that a JSON string holds as it is.
inline size_t plain_json_prefix(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const uint64_t word = detail::load(text.data() + at);
    const uint64_t special = (word & detail::kHighs) | detail::any_below(word, 0x20) |
                             detail::any_equal(word, '"') | detail::any_equal(word, '\\');
    if (special) break;
  }
  while (at < text.size() && is_plain_json(text[at])) ++at;
  return at;
}

}  // namespace tandem::text
