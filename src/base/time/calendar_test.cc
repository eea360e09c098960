#include "base/time/calendar.h"

#include <gtest/gtest.h>
#include <time.h>

#include <random>

namespace tandem::time {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

// glibc's own calendar is the independent source.
WallUs by_glibc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  return int64_t{timegm(&parts)} * kSecondUs;
}

TEST(CalendarParse, ReadsTheExamplesOfRfc3339) {
  EXPECT_EQ(parse("1985-04-12T23:20:50.52Z"), by_glibc(1985, 4, 12, 23, 20, 50) + 520'000);
  EXPECT_EQ(parse("1996-12-19T16:39:57-08:00"), by_glibc(1996, 12, 20, 0, 39, 57));
  EXPECT_EQ(parse("1937-01-01T12:00:27.87+00:20"), by_glibc(1937, 1, 1, 11, 40, 27) + 870'000);
  EXPECT_EQ(parse("1990-12-31T23:59:60Z"), by_glibc(1991, 1, 1));
}

TEST(CalendarParse, ReadsDatesIntegersAndWhatWeWrite) {
  EXPECT_EQ(parse("2026-11-24"), by_glibc(2026, 11, 24));
  EXPECT_EQ(parse("1764000000000001"), 1764000000000001);
  EXPECT_EQ(parse("0"), 0);
  EXPECT_EQ(parse("-1"), -1);
  const WallUs now = 1'764'000'000'123'456;
  EXPECT_EQ(parse(to_rfc3339(now)), now);
  EXPECT_EQ(parse("2026-11-24 08:15:30z"), by_glibc(2026, 11, 24, 8, 15, 30));
  EXPECT_EQ(parse("2026-11-24T00:00:00.1234567899Z"), by_glibc(2026, 11, 24) + 123'456);
}

TEST(CalendarParse, RefusesWhatIsNotATime) {
  for (const char* text : {"",
                           "now",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-00-10",
                           "2026-1-1",
                           "2026-11-24T",
                           "12.5",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T08:60:00Z",
                           "2026-11-24T08:15:61Z",
                           "+5",
                           "2026-11-24T08:15:30",
                           "2026-11-24T08:15:30.Z",
                           "2026-11-24T08:15:30+1:00",
                           "2026-11-24T08:15:30+24:00",
                           "2026-11-24T08:15:30Zx",
                           "99999999999999999999",
                           "0000-01-01",
                           "20261124T081530Z"}) {
    EXPECT_FALSE(parse(text).has_value()) << text;
  }
}

TEST(Calendar, AgreesWithGlibcOverManyDays) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> seconds(-62'000'000'000, 250'000'000'000);
  for (int i = 0; i < 20'000; ++i) {
    const int64_t second = seconds(random);
    const time_t clock = second;
    tm parts{};
    gmtime_r(&clock, &parts);
    const WallUs at = second * kSecondUs + 7;
    const Date date = date_of(at);
    ASSERT_EQ(date.year, parts.tm_year + 1900) << second;
    ASSERT_EQ(date.month, parts.tm_mon + 1) << second;
    ASSERT_EQ(date.day, parts.tm_mday) << second;
    ASSERT_EQ(start_of_day(at), by_glibc(date.year, date.month, date.day));
    ASSERT_EQ(start_of_month(at), by_glibc(date.year, date.month, 1));
    ASSERT_EQ(start_of_next_month(at), by_glibc(date.year, date.month + 1, 1));
  }
}

}  // namespace
}  // namespace tandem::time
