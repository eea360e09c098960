#include "gateway/targets/retry_after.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

std::optional<int64_t> read(std::string_view name, std::string_view value) {
  net::Headers headers;
  headers.add(name, value);
  return retry_after_ms(headers);
}

TEST(RetryAfter, IsInMillisecondsOrSeconds) {
  EXPECT_EQ(read("Retry-After-Ms", "1500"), 1500);
  EXPECT_EQ(read("retry-after", "2"), 2000);
  EXPECT_EQ(read("retry-after", "0.25"), 250);
  EXPECT_EQ(read("retry-after", "0"), 0);
  EXPECT_EQ(retry_after_ms({}), std::nullopt);
}

TEST(RetryAfter, PrefersMillisecondsWhereTheyAreANumber) {
  net::Headers headers;
  headers.add("retry-after", "2");
  headers.add("retry-after-ms", "1200");
  EXPECT_EQ(retry_after_ms(headers), 1200);
  headers.clear();
  headers.add("retry-after", "2");
  headers.add("retry-after-ms", "soon");
  EXPECT_EQ(retry_after_ms(headers), 2000);
}

TEST(RetryAfter, IsAbsentWhereItIsNoTime) {
  for (const char* value :
       {"", "soon", "-1", "2s", "nan", "-inf", "1e999", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    EXPECT_EQ(read("retry-after", value), std::nullopt) << value;
    EXPECT_EQ(read("retry-after-ms", value), std::nullopt) << value;
  }
}

TEST(RetryAfter, IsAtMostAYear) {
  constexpr int64_t kYearMs = 31'536'000'000;
  for (const char* value : {"1e300", "inf", "9223372036854775807", "31536000000"}) {
    EXPECT_EQ(read("retry-after", value), kYearMs) << value;
    EXPECT_EQ(read("retry-after-ms", value), kYearMs) << value;
  }
}

}  // namespace
}  // namespace tandem::gateway
