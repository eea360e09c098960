#include "base/time/calendar.h"

#include <charconv>

namespace tandem::time {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Days since 1970-01-01, by counting from 0000-03-01 in eras of 400 years (146,097 days).
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = floor_div(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

bool leap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(int64_t year, int month) {
  constexpr int kDays[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : kDays[month - 1];
}

// Takes fixed-width parts from the front of a text; one failure makes all later ones fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int number(size_t digits) {
    int value = 0;
    if (rest_.size() < digits) ok_ = false;
    for (size_t i = 0; ok_ && i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') ok_ = false;
      value = value * 10 + (rest_[i] - '0');
    }
    if (ok_) rest_.remove_prefix(digits);
    return value;
  }
  char one_of(std::string_view allowed) {
    if (!ok_ || rest_.empty() || allowed.find(rest_[0]) == std::string_view::npos) {
      ok_ = false;
      return '\0';
    }
    const char found = rest_[0];
    rest_.remove_prefix(1);
    return found;
  }
  // ".123": microseconds; further digits are cut off, not rounded, so that no time moves forward.
  int64_t fraction_us() {
    if (!ok_ || rest_.empty() || rest_[0] != '.') return 0;
    size_t digits = 0;
    int64_t value = 0;
    for (rest_.remove_prefix(1); digits < rest_.size() && is_digit(rest_[digits]); ++digits) {
      if (digits < 6) value = value * 10 + (rest_[digits] - '0');
    }
    if (digits == 0) ok_ = false;
    rest_.remove_prefix(digits);
    for (size_t i = digits; i < 6; ++i) value *= 10;
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<WallUs> parse_integer(std::string_view text) {
  WallUs value = 0;
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

std::optional<WallUs> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const int year = scan.number(4);
  scan.one_of("-");
  const int month = scan.number(2);
  scan.one_of("-");
  const int day = scan.number(2);
  if (!scan.ok() || year < 1 || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month)) {
    return std::nullopt;
  }
  const WallUs midnight = start_of({year, month, day});
  if (scan.at_end()) return midnight;
  scan.one_of("Tt ");
  const int hour = scan.number(2);
  scan.one_of(":");
  const int minute = scan.number(2);
  scan.one_of(":");
  const int second = scan.number(2);
  const int64_t fraction = scan.fraction_us();
  const char zone = scan.one_of("Zz+-");
  int64_t offset_s = 0;
  if (zone == '+' || zone == '-') {
    const int zone_hour = scan.number(2);
    scan.one_of(":");
    const int zone_minute = scan.number(2);
    if (zone_hour > 23 || zone_minute > 59) return std::nullopt;
    offset_s = (zone_hour * 60 + zone_minute) * (zone == '+' ? 60 : -60);
  }
  if (!scan.ok() || !scan.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const int64_t seconds = hour * 3600 + minute * 60 + second - offset_s;
  return midnight + seconds * kSecondUs + fraction;
}

}  // namespace

std::optional<WallUs> parse(std::string_view text) {
  const bool dated = text.size() >= 10 && text[4] == '-';
  return dated ? parse_rfc3339(text) : parse_integer(text);
}

Date date_of(WallUs time_us) {
  const int64_t days = floor_div(time_us, kDayUs) + 719'468;
  const int64_t era = floor_div(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;  // March is 0
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<int>(year), static_cast<int>(month), static_cast<int>(day)};
}

WallUs start_of(const Date& date) {
  const int year = date.year + (date.month - 1) / 12;
  const int month = (date.month - 1) % 12 + 1;
  return days_from_civil(year, month, date.day) * kDayUs;
}

WallUs start_of_day(WallUs time_us) {
  return floor_div(time_us, kDayUs) * kDayUs;
}

WallUs start_of_month(WallUs time_us) {
  const Date date = date_of(time_us);
  return start_of({date.year, date.month, 1});
}

WallUs start_of_next_month(WallUs time_us) {
  const Date date = date_of(time_us);
  return start_of({date.year, date.month + 1, 1});
}

}  // namespace tandem::time
