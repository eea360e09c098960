#include "trace/search_text.h"

#include <charconv>
#include <cstring>

namespace tandem::trace {
namespace {

void append_utf8(std::string& out, uint32_t point) {
  const auto add = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 63));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 63));
    add(0x80 | (point & 63));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 63));
    add(0x80 | (point >> 6 & 63));
    add(0x80 | (point & 63));
  }
}

// The code unit of "uXXXX" at the start of `text`; false where it is none.
bool code_unit(std::string_view text, uint32_t& unit) {
  if (text.size() < 5 || text[0] != 'u') return false;
  const auto read = std::from_chars(text.data() + 1, text.data() + 5, unit, 16);
  return read.ec == std::errc() && read.ptr == text.data() + 5;
}

// Resolves the escape after a backslash at the start of `text`; answers how many bytes it took.
size_t append_escape(std::string& out, std::string_view text) {
  uint32_t unit = 0;
  if (code_unit(text, unit)) {
    uint32_t low = 0;
    const bool pair = unit >= 0xD800 && unit <= 0xDBFF && text.size() >= 11 && text[5] == '\\' &&
                      code_unit(text.substr(6), low) && low >= 0xDC00 && low <= 0xDFFF;
    append_utf8(out, pair ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00) : unit);
    return pair ? 11 : 5;
  }
  constexpr std::string_view kEscapes = "bfnrt";
  constexpr std::string_view kMeanings = "\b\f\n\r\t";
  const size_t simple = kEscapes.find(text[0]);
  out += simple == std::string_view::npos ? text[0] : kMeanings[simple];
  return 1;
}

}  // namespace

std::string_view readable_json(const Json& value, std::string& scratch) {
  std::string_view rest = value.text;
  size_t backslash = rest.find('\\');
  if (backslash == std::string_view::npos) return rest;
  scratch.clear();
  while (backslash != std::string_view::npos && backslash + 1 < rest.size()) {
    scratch += rest.substr(0, backslash);
    rest.remove_prefix(backslash + 1);
    rest.remove_prefix(append_escape(scratch, rest));
    backslash = rest.find('\\');
  }
  scratch += rest;
  return scratch;
}

}  // namespace tandem::trace
