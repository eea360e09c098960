#include "cost/money.h"

#include <algorithm>
#include <array>

#include "cost/errors.h"

namespace tandem::cost {
namespace {

constexpr size_t kMaxDecimalBytes = 64;
constexpr int kMaxExponent = 64;
constexpr int64_t kPicoPerUsd = 1'000'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits of a decimal number without leading zeros, and the power of ten of the last one.
struct Digits {
  std::array<char, kMaxDecimalBytes> digit{};
  size_t count = 0;
  int power = 0;
};

// Reads "e-7" at the end of a number; false where it is malformed or absurd.
bool read_exponent(std::string_view text, int& exponent) {
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 4) return false;
  int value = 0;
  for (char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  exponent = negative ? -value : value;
  return value <= kMaxExponent;
}

bool read_digits(std::string_view text, Digits& out) {
  bool seen_digit = false;
  bool seen_point = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      seen_digit = true;
      if (out.count > 0 || c != '0') out.digit[out.count++] = c;
      if (seen_point) --out.power;
    } else if (c == '.' && !seen_point) {
      seen_point = true;
    } else if ((c == 'e' || c == 'E') && seen_digit) {
      int exponent = 0;
      if (!read_exponent(text.substr(i + 1), exponent)) return false;
      out.power += exponent;
      return true;
    } else {
      return false;
    }
  }
  return seen_digit;
}

}  // namespace

Result<int64_t> parse_decimal(std::string_view text, int digits, int64_t max,
                              std::string_view what) {
  Digits number;
  if (text.empty() || text.size() > kMaxDecimalBytes || !read_digits(text, number)) {
    return fail(errors::not_a_decimal(what, text));
  }
  // Trailing zeros carry nothing; without them "0.1500000000" needs two fraction digits.
  while (number.count > 0 && number.digit[number.count - 1] == '0') {
    --number.count;
    ++number.power;
  }
  if (number.count == 0) return 0;
  const int shift = number.power + digits;
  if (shift < 0) return fail(errors::too_many_fraction_digits(what, text, digits));
  __int128 value = 0;
  const size_t length = number.count + static_cast<size_t>(shift);
  for (size_t i = 0; i < length; ++i) {
    value = value * 10 + (i < number.count ? number.digit[i] - '0' : 0);
    if (value > max) {
      return fail(errors::decimal_too_large(what, text, format_decimal(max, digits)));
    }
  }
  return static_cast<int64_t>(value);
}

Result<PicoUsd> parse_usd_per_million(std::string_view text, std::string_view what) {
  // A dollar per million units is a micro-dollar, a million pico-dollars, per unit.
  return parse_decimal(text, 6, kMaxPriceUsd * 1'000'000, what);
}

Result<PicoUsd> parse_usd_per_unit(std::string_view text, std::string_view what) {
  return parse_decimal(text, 12, kMaxPriceUsd * kPicoPerUsd, what);
}

std::string format_decimal(int64_t value, int digits) {
  const bool negative = value < 0;
  uint64_t rest = negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  std::string reversed;
  bool significant = false;
  for (int i = 0; i < digits; ++i, rest /= 10) {
    const char digit = static_cast<char>('0' + rest % 10);
    significant = significant || digit != '0';
    if (significant) reversed += digit;
  }
  if (significant) reversed += '.';
  do {
    reversed += static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (negative) reversed += '-';
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

std::string format_usd(NanoUsd amount) {
  return format_decimal(amount, 9) + " USD";
}

}  // namespace tandem::cost
