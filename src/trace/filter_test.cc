#include "trace/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::trace {
namespace {

using ::testing::HasSubstr;

Filter parsed(std::string_view text) {
  auto filter = parse_filter(text);
  EXPECT_TRUE(filter) << text << ": " << (filter ? "" : filter.error().message);
  return filter.value_or(Filter{});
}

Error refused(std::string_view text) {
  auto filter = parse_filter(text);
  EXPECT_FALSE(filter) << text;
  if (filter) return {};
  EXPECT_EQ(filter.error().code, Code::InvalidArgument);
  EXPECT_EQ(filter.error().param, "filter");
  return filter.error();
}

TEST(Filter, ReadsTermsJoinedByAnd) {
  const Filter filter =
      parsed(R"(status = "error" and duration_ms > 1500 AND text contains "refund policy")");
  ASSERT_EQ(filter.size(), 3u);
  EXPECT_EQ(filter[0].field, FilterField::Status);
  EXPECT_EQ(filter[0].op, FilterOp::Equal);
  EXPECT_EQ(filter[0].text, "error");
  EXPECT_EQ(filter[1].field, FilterField::DurationMs);
  EXPECT_EQ(filter[1].op, FilterOp::Greater);
  EXPECT_EQ(filter[1].whole, 1500);
  EXPECT_TRUE(filter[1].is_whole);
  EXPECT_EQ(filter[2].field, FilterField::Text);
  EXPECT_EQ(filter[2].op, FilterOp::Contains);
  EXPECT_EQ(filter[2].text, "refund policy");
}

TEST(Filter, NothingIsEverything) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed(" \t\n").empty());
}

TEST(Filter, EveryFieldAndOp) {
  for (const char* text :
       {R"(trace_id = "0AF7651916cd43dd8448eb211c80319c")", R"(name != "chat")",
        R"(name contains "ch")", R"(model="gpt-4o")", R"(status!="ok")", R"(session_id="s")",
        R"(user_id = "u")", R"(tag = "a b")", "duration_ms <= 0.5", "cost_nano_usd>=1",
        "input_tokens < 10", "output_tokens = 3", "error_count != 0", "start_us > -1"}) {
    EXPECT_EQ(parsed(text).size(), 1u) << text;
  }
  EXPECT_EQ(parsed(R"(trace_id = "0AF7651916cd43dd8448eb211c80319c")")[0].text,
            "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(parsed("duration_ms <= 0.5")[0].is_whole);
  EXPECT_EQ(parsed("duration_ms <= 0.5")[0].number, 0.5);
}

TEST(Filter, StringsHaveJsonEscapes) {
  EXPECT_EQ(parsed(R"(name = "say \"hi\" \\ \u00e9 \ud83d\ude00\n and more")")[0].text,
            "say \"hi\" \\ \xC3\xA9 \xF0\x9F\x98\x80\n and more");
  EXPECT_EQ(parsed("name = \"\xE6\x97\xA5\xE6\x9C\xAC\"")[0].text, "\xE6\x97\xA5\xE6\x9C\xAC");
}

TEST(Filter, ErrorsSayWhereWhatAndWhatElse) {
  const Error unknown = refused(R"(status = "ok" and modle = "x")");
  EXPECT_EQ(unknown.message,
            "At position 19 of the filter: found modle, expected the name of a field.");
  EXPECT_EQ(unknown.hint, "Did you mean model?");

  EXPECT_EQ(refused("duration_ms ~ 5").message,
            "At position 13 of the filter: found ~, expected one of = != < <= > >= after "
            "duration_ms.");
  EXPECT_EQ(refused("duration_ms > ").message,
            "At position 15 of the filter: found the end, expected a number.");
  EXPECT_EQ(refused("duration_ms > \"5\"").hint, "Numbers stand without quotes.");
  EXPECT_THAT(refused("name = chat").message,
              HasSubstr("found chat, expected a string in double quotes"));
  EXPECT_THAT(refused("name = \"chat").message, HasSubstr("At position 8"));
  EXPECT_THAT(refused("text = \"x\"").message, HasSubstr("expected contains after text"));
  EXPECT_THAT(refused("model contains \"x\"").message, HasSubstr("expected one of = !="));
  EXPECT_THAT(refused("status = \"broken\"").message, HasSubstr("\"ok\" \"error\" \"unset\""));
  EXPECT_THAT(refused("trace_id = \"12\"").message, HasSubstr("32 hexadecimal digits"));
  EXPECT_THAT(refused("name = \"a\" or name = \"b\"").message,
              HasSubstr("At position 12 of the filter: found or, expected `and` or the end"));
  EXPECT_THAT(refused("name = \"a\" and").message, HasSubstr("found the end"));
  EXPECT_THAT(refused("text contains \"\"").message, HasSubstr("text to look for"));
  EXPECT_THAT(refused("(name = \"a\")").message, HasSubstr("found ("));
  EXPECT_THAT(refused("xyzzy = 1").hint, HasSubstr("Fields: trace_id, name"));
}

TEST(Filter, PositionsCountCharactersNotBytes) {
  EXPECT_THAT(refused("name = \"\xE6\x97\xA5\" or").message, HasSubstr("At position 12 "));
}

TEST(Filter, RefusesOddNumbers) {
  for (const char* text :
       {"start_us > 0x10", "start_us > nan", "start_us > inf", "start_us > 1e999", "start_us > --1",
        "start_us > 1.2.3", "start_us > 12abc", "start_us > +"}) {
    refused(text);
  }
  EXPECT_EQ(parsed("start_us > 1e3")[0].number, 1000.0);
}

TEST(Filter, HasLimits) {
  std::string many = "error_count = 0";
  for (int i = 0; i < 32; ++i) many += " and error_count = 0";
  EXPECT_THAT(refused(many).message, HasSubstr("at most 32 terms"));
  EXPECT_THAT(refused("name = \"" + std::string(5000, 'a') + "\"").message,
              HasSubstr("at most 4096"));
}

TEST(Filter, RefusesBytesThatAreNotUtf8AndNul) {
  EXPECT_THAT(refused("name = \"\xC3\"").message, HasSubstr("not UTF-8"));
  EXPECT_THAT(refused("name = \"\\u0000\"").message, HasSubstr("escape"));
  refused(std::string_view("name = \"a\0b\"\0", 13));
}

}  // namespace
}  // namespace tandem::trace
