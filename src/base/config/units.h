// Scalars with a unit: a duration with its suffix, an exact decimal, a moment in time. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tandem::config {

// "250ms", "10s", "5m", "2h", "7d"; a whole number and one suffix.
struct Duration {
  static constexpr std::string_view kTypeName = "duration";
  int64_t us = 0;

  static Result<Duration> parse(std::string_view text);
  std::string print() const;
  friend bool operator==(Duration, Duration) = default;
};

// A decimal number kept as its digits, because a double cannot hold 0.15. Printed in its shortest
// form without an exponent, which is a JSON number.
class Decimal {
 public:
  static constexpr std::string_view kTypeName = "decimal";
  static constexpr bool kNumber = true;

  Decimal() = default;
  static Result<Decimal> parse(std::string_view text);  // "0.15", "10_000", "1.5e-7"
  const std::string& print() const { return text_; }

  // The value times 10^digits; an error where that is no whole number or leaves int64.
  Result<int64_t> scaled(int digits) const;
  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  std::string text_ = "0";
};

// What time::parse reads: RFC 3339 (2026-11-24T08:15:30Z) or a bare date. Printed in UTC.
struct Timestamp {
  static constexpr std::string_view kTypeName = "timestamp";
  WallUs us = 0;

  static Result<Timestamp> parse(std::string_view text);
  std::string print() const { return to_rfc3339(us); }
  friend bool operator==(Timestamp, Timestamp) = default;
};

}  // namespace tandem::config
