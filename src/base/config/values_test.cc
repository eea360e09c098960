// Secrets, units and the generated reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/config/reference.h"
#include "base/config/secret.h"
#include "base/config/units.h"
#include "base/config/write.h"

namespace tandem::config {
namespace {

using testing::HasSubstr;

TEST(Secret, AReferenceIsResolvedEachTime) {
  const auto ref = SecretRef::parse("env:TANDEM_TEST_SECRET");
  ASSERT_TRUE(ref);
  unsetenv("TANDEM_TEST_SECRET");
  EXPECT_EQ(ref->resolve().error().code, Code::Unavailable);
  setenv("TANDEM_TEST_SECRET", "first", 1);
  EXPECT_EQ(ref->resolve()->reveal(), "first");
  setenv("TANDEM_TEST_SECRET", "second", 1);
  EXPECT_EQ(ref->resolve()->reveal(), "second");
  EXPECT_EQ(to_json(*ref), "\"env:TANDEM_TEST_SECRET\"");
}

TEST(Secret, AFileLosesItsLineEnd) {
  const std::string path = testing::TempDir() + "secret_test_" + std::to_string(getpid());
  std::ofstream(path) << "hunter2\r\n";
  const auto ref = SecretRef::parse("file:" + path);
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->resolve()->reveal(), "hunter2");
  std::ofstream(path, std::ios::trunc) << "\n";
  EXPECT_THAT(ref->resolve().error().message, HasSubstr("is empty"));
  unlink(path.c_str());
  EXPECT_THAT(ref->resolve().error().message, HasSubstr("cannot be read"));
}

TEST(Secret, WhatIsNoReferenceIsRefusedAndNeverRepeated) {
  for (const char* text : {"sk-live-123", "", "env:", "env:A-B", "env:1A", "file:", "ENV:A"}) {
    const auto ref = SecretRef::parse(text);
    ASSERT_FALSE(ref) << text;
    if (*text) EXPECT_THAT(ref.error().describe(), testing::Not(HasSubstr("sk-live")));
  }
}

TEST(Units, Durations) {
  EXPECT_EQ(Duration::parse("250ms")->us, 250'000);
  EXPECT_EQ(Duration::parse("10s")->us, 10'000'000);
  EXPECT_EQ(Duration::parse("7d")->us, 604'800'000'000);
  EXPECT_EQ(Duration::parse("90m")->print(), "90m");
  EXPECT_EQ(Duration::parse("120m")->print(), "2h");
  EXPECT_EQ(Duration{}.print(), "0s");
  for (const char* text : {"", "5", "s", "1.5s", "5 s", "9223372036854775807d", "-1s"}) {
    EXPECT_FALSE(Duration::parse(text)) << text;
  }
}

TEST(Units, DecimalsAreExact) {
  const auto shown = [](std::string_view text) { return Decimal::parse(text)->print(); };
  EXPECT_EQ(shown("0.150"), "0.15");
  EXPECT_EQ(shown("10_000"), "10000");
  EXPECT_EQ(shown("1.5e-7"), "0.00000015");
  EXPECT_EQ(shown("12E2"), "1200");
  EXPECT_EQ(shown("007.50"), "7.5");
  EXPECT_EQ(shown("-0.0"), "0");
  EXPECT_EQ(shown("+3"), "3");
  EXPECT_EQ(*Decimal::parse("0.15")->scaled(6), 150'000);
  EXPECT_EQ(*Decimal::parse("-2.50")->scaled(1), -25);
  EXPECT_EQ(*Decimal::parse("9223372036854775807")->scaled(0), INT64_MAX);
  EXPECT_FALSE(Decimal::parse("9223372036854775808")->scaled(0));
  EXPECT_FALSE(Decimal::parse("0.0000001")->scaled(6));
  EXPECT_EQ(*Decimal::parse("0")->scaled(6), 0);
  for (const char* text :
       {"", ".", ".5", "1.", "abc", "1e", "1e99", "--1", "0x1", "1_", "1..2", "∞"}) {
    EXPECT_FALSE(Decimal::parse(text)) << text;
  }
}

TEST(Units, TimestampsPrintInUtc) {
  EXPECT_EQ(Timestamp::parse("2026-11-24T09:15:30.5+01:00")->print(),
            "2026-11-24T08:15:30.500000Z");
  EXPECT_FALSE(Timestamp::parse("tomorrow"));
}

enum class Period { Day, Month };
constexpr EnumName<Period> kPeriods[] = {{Period::Day, "day", "Midnight UTC."},
                                         {Period::Month, "month"}};
constexpr auto enum_names(Period) {
  return std::span(kPeriods);
}

struct Limit {
  int64_t per_minute = 0;
  std::vector<Limit> children;  // a type may contain itself
  template <class V>
  static void describe(V& v) {
    v.field("per_minute", &Limit::per_minute, "Requests a minute.").range(0, 100);
    v.field("children", &Limit::children, "Below.");
    v.template short_form<int64_t>("N", "per_minute alone.",
                                   [](Limit& limit, int64_t n) { limit.per_minute = n; });
  }
};

struct Key {
  std::string name;
  Period period = Period::Month;
  std::optional<Timestamp> expires_at;
  std::map<std::string, Limit> limits;
  template <class V>
  static void describe(V& v) {
    v.meaning("A key.");
    v.field("name", &Key::name, "For people.").required().at_most(63);
    v.field("period", &Key::period, "When it starts anew.");
    v.field("expires_at", &Key::expires_at, "The end.");
    v.field("limits", &Key::limits, "By | name.");
  }
};

TEST(Reference, MarkdownHasOneRowPerKey) {
  EXPECT_EQ(
      markdown_reference<Key>(),
      "| key | type | default | meaning |\n"
      "|---|---|---|---|\n"
      "| `name` | text, at most 63 bytes | required | For people. |\n"
      "| `period` | day \\| month | `\"month\"` | When it starts anew. `day`: Midnight UTC. |\n"
      "| `expires_at` | timestamp | none | The end. |\n"
      "| `limits` | map of mapping or N | `{}` | By \\| name. `N`: per_minute alone. |\n"
      "| `limits.<name>.per_minute` | integer, 0 to 100 | `0` | Requests a minute. |\n"
      "| `limits.<name>.children` | list of mapping or N | `[]` | Below. `N`: per_minute alone. "
      "|\n");
}

TEST(Reference, SchemaIsJsonSchema) {
  EXPECT_EQ(
      json_schema<Key>(),
      R"({"type":"object","description":"A key.","properties":{)"
      R"("name":{"type":"string","description":"For people."},)"
      R"("period":{"type":"string","description":"When it starts anew.","enum":["day","month"]},)"
      R"("expires_at":{"type":"string","description":"The end.","format":"date-time"},)"
      R"("limits":{"type":"object","description":"By | name.","additionalProperties":{"anyOf":[)"
      R"({"type":"integer","format":"int64"},{"type":"object","properties":{)"
      R"("per_minute":{"type":"integer","description":"Requests a minute.","format":"int64",)"
      R"("minimum":0,"maximum":100},)"
      R"("children":{"type":"array","description":"Below.","items":{"type":"object"}}},)"
      R"("additionalProperties":false}]}}},"required":["name"],"additionalProperties":false})");
}

}  // namespace
}  // namespace tandem::config
