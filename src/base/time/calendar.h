// The UTC calendar over Unix microseconds: reading times that users write, and where days and
// months start. Proleptic Gregorian; leap seconds are read as the second after. Pure, any thread.
//   std::optional<WallUs> from = time::parse("2026-11-24T08:15:30.5+01:00");
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tandem::time {

// RFC 3339 with or without fraction ("2026-11-24T08:15:30Z", `t` and a blank as separators too), a
// bare date (midnight UTC), or Unix microseconds as an integer. nullopt for anything else, and for
// years outside 1..9999.
std::optional<WallUs> parse(std::string_view text);

struct Date {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};

Date date_of(WallUs time_us);
WallUs start_of(const Date& date);  // midnight UTC; `month` may be 13 and `day` days_in_month + 1
WallUs start_of_day(WallUs time_us);
WallUs start_of_month(WallUs time_us);
WallUs start_of_next_month(WallUs time_us);

inline constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;

}  // namespace tandem::time
