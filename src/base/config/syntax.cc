#include "base/config/syntax.h"

#include <charconv>
#include <cmath>
#include <string>

namespace tandem::config {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

size_t skip_digits(std::string_view text, size_t at) {
  while (at < text.size() && digit(text[at])) ++at;
  return at;
}

// Removes single underscores that stand between digits; nullopt where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool between = i > 0 && i + 1 < text.size() && digit(text[i - 1]) && digit(text[i + 1]);
    if (!between) return std::nullopt;
  }
  return out;
}

}  // namespace

bool is_null_word(std::string_view text) {
  return text.empty() || text == "null" || text == "Null" || text == "NULL" || text == "~";
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

bool is_json_number(std::string_view text) {
  size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  size_t end = skip_digits(text, at);
  if (end == at || (text[at] == '0' && end > at + 1)) return false;
  at = end;
  if (at < text.size() && text[at] == '.') {
    end = skip_digits(text, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

IntegerSpelling parse_integer(std::string_view text, int64_t& out) {
  const auto clean = without_underscores(text);
  if (!clean) return IntegerSpelling::NotInteger;
  std::string_view digits = *clean;
  const size_t sign = !digits.empty() && (digits[0] == '-' || digits[0] == '+') ? 1 : 0;
  if (sign == digits.size() || skip_digits(digits, sign) != digits.size()) {
    return IntegerSpelling::NotInteger;
  }
  if (digits[0] == '+') digits.remove_prefix(1);  // from_chars knows no plus
  const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), out).ec;
  return error == std::errc() ? IntegerSpelling::Ok : IntegerSpelling::TooLarge;
}

std::optional<double> parse_number(std::string_view text) {
  const auto clean = without_underscores(text);
  if (!clean || clean->empty()) return std::nullopt;
  std::string_view digits = *clean;
  if (digits[0] == '+') digits.remove_prefix(1);
  const bool starts_well =
      !digits.empty() && (digit(digits[0]) || digits[0] == '.' || digits[0] == '-');
  if (!starts_well || (digits[0] == '-' && clean->front() == '+')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace tandem::config
