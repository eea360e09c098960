#include "guard/text_view.h"

namespace tandem::guard {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool ends_with_escape(std::string_view before) {
  const size_t size = before.size();
  const char last = before[size - 1];
  if (size >= 2 && before[size - 2] == '\\' &&
      std::string_view("nrtbf").find(last) != std::string_view::npos) {
    return true;
  }
  if (size >= 3 && before[size - 3] == '%' && is_hex(before[size - 2]) && is_hex(last)) return true;
  if (size >= 6 && before.substr(size - 6, 2) == "\\u" &&
      std::all_of(before.end() - 4, before.end(), is_hex)) {
    return true;
  }
  if (last != 'm') return false;
  size_t i = size - 1;
  while (i > 0 && (is_digit(before[i - 1]) || before[i - 1] == ';')) --i;
  return i >= 2 && before[i - 1] == '[' && before[i - 2] == '\x1B';
}

}  // namespace

bool at_edge(const TextView& text, uint64_t offset) {
  if (offset == 0 || offset <= text.begin()) return true;
  const char last = text.at(offset - 1);
  if (!is_letter(last) && !is_digit(last)) return true;
  const uint64_t reach = std::min<uint64_t>(kEdgeReach, offset - text.begin());
  return ends_with_escape(text.slice(offset - reach, offset));
}

}  // namespace tandem::guard
