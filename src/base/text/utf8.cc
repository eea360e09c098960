#include "base/text/utf8.h"

#include <algorithm>

namespace tandem::text {
namespace {

size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The second byte has a narrower range after E0, ED, F0 and F4 (RFC 3629 section 4).
bool second_byte_ok(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

bool prefix_ok(std::string_view text, size_t count) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (count >= 2 && !second_byte_ok(byte(0), byte(1))) return false;
  for (size_t i = 2; i < count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
  }
  return true;
}

}  // namespace

size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const size_t length = length_by_lead(static_cast<unsigned char>(text[0]));
  if (length == 0 || text.size() < length) return 0;
  return prefix_ok(text, length) ? length : 0;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t incomplete_utf8_tail(std::string_view text) {
  const size_t reach = std::min<size_t>(3, text.size());
  for (size_t back = 1; back <= reach; ++back) {
    const std::string_view tail = text.substr(text.size() - back);
    const auto lead = static_cast<unsigned char>(tail[0]);
    if ((lead & 0xC0) == 0x80) continue;
    const size_t length = length_by_lead(lead);
    return length > back && prefix_ok(tail, back) ? back : 0;
  }
  return 0;
}

}  // namespace tandem::text
