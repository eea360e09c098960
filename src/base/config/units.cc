#include "base/config/units.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/config/syntax.h"
#include "base/time/calendar.h"

namespace tandem::config {
namespace {

struct Unit {
  std::string_view suffix;
  int64_t us;
};
// Longest first, so that print() picks the largest that divides.
constexpr Unit kUnits[] = {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000},
                           {"s", 1'000'000},      {"ms", 1000},         {"us", 1}};

constexpr size_t kMaxDigits = 100;  // of a decimal

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits of a decimal without sign, point and exponent, and the power of ten that they lack.
struct Digits {
  bool negative = false;
  std::string all;
  int64_t exponent = 0;
};

std::optional<Digits> take_apart(std::string_view text) {
  Digits out;
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_')
      clean += text[i];
    else if (i == 0 || i + 1 == text.size() || !digit(text[i - 1]) || !digit(text[i + 1]))
      return {};
  }
  std::string_view rest = clean;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    out.negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  while (!rest.empty() && digit(rest[0])) out.all += rest[0], rest.remove_prefix(1);
  if (!rest.empty() && rest[0] == '.') {
    if (out.all.empty()) return {};
    rest.remove_prefix(1);
    if (rest.empty() || !digit(rest[0])) return {};
    while (!rest.empty() && digit(rest[0])) {
      out.all += rest[0];
      --out.exponent;
      rest.remove_prefix(1);
    }
  }
  if (out.all.empty() || out.all.size() > kMaxDigits) return {};
  if (rest.empty()) return out;
  if (rest[0] != 'e' && rest[0] != 'E') return {};
  rest.remove_prefix(1);
  if (!rest.empty() && rest[0] == '+') rest.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
  if (error != std::errc() || end != rest.data() + rest.size()) return {};
  if (exponent < -30 || exponent > 30) return {};
  out.exponent += exponent;
  return out;
}

// The shortest spelling: no exponent, no zeros that say nothing.
std::string shortest(Digits parts) {
  std::string& all = parts.all;
  if (parts.exponent > 0) all.append(static_cast<size_t>(parts.exponent), '0');
  const size_t places = parts.exponent < 0 ? static_cast<size_t>(-parts.exponent) : 0;
  if (all.size() <= places) all.insert(0, places + 1 - all.size(), '0');
  std::string fraction = all.substr(all.size() - places);
  std::string whole = all.substr(0, all.size() - places);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  std::string out = fraction.empty() ? whole : whole + "." + fraction;
  return parts.negative && out != "0" ? "-" + out : out;
}

}  // namespace

Result<Duration> Duration::parse(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (digit(text[end]) || text[end] == '_')) ++end;
  int64_t count = 0;
  if (parse_integer(text.substr(0, end), count) == IntegerSpelling::Ok) {
    for (const Unit& unit : kUnits) {
      if (text.substr(end) != unit.suffix) continue;
      if (count > INT64_MAX / unit.us) break;
      return Duration{count * unit.us};
    }
  }
  return fail(Code::InvalidArgument, "must be a duration like 250ms, 10s, 5m, 2h or 7d");
}

std::string Duration::print() const {
  for (const Unit& unit : kUnits) {
    if (us % unit.us == 0 && us != 0)
      return std::to_string(us / unit.us) + std::string(unit.suffix);
  }
  return "0s";
}

Result<Decimal> Decimal::parse(std::string_view text) {
  auto parts = take_apart(text);
  if (!parts) return fail(Code::InvalidArgument, "must be a decimal number like 0.15");
  Decimal out;
  out.text_ = shortest(*std::move(parts));
  if (out.text_.size() > kMaxDigits) return fail(Code::InvalidArgument, "has too many digits");
  return out;
}

Result<int64_t> Decimal::scaled(int places) const {
  auto parts = take_apart(text_);
  if (!parts) return fail(Code::Internal, "A decimal was not checked: " + text_);
  int64_t exponent = parts->exponent + places;
  std::string& all = parts->all;
  for (; exponent < 0 && !all.empty() && all.back() == '0'; ++exponent) all.pop_back();
  const size_t first = all.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  all.erase(0, first);
  if (exponent < 0) {
    return fail(Code::InvalidArgument,
                "must have no more than " + std::to_string(places) + " digits after the point");
  }
  if (exponent > 20) return fail(Code::InvalidArgument, "is too large");
  all.append(static_cast<size_t>(exponent), '0');
  if (parts->negative) all.insert(all.begin(), '-');
  int64_t value = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), value);
  (void)end;
  if (error != std::errc()) return fail(Code::InvalidArgument, "is too large");
  return value;
}

Result<Timestamp> Timestamp::parse(std::string_view text) {
  if (const auto us = time::parse(text)) return Timestamp{*us};
  return fail(Code::InvalidArgument, "must be a time like 2026-11-24T08:15:30Z (RFC 3339)");
}

}  // namespace tandem::config
