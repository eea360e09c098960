#include "base/json/validate.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <string>

namespace tandem::json {
namespace {

TEST(Validate, AcceptsTheExamplesOfRfc8259) {
  EXPECT_TRUE(is_valid(R"({"Image":{"Width":800,"Title":"View from 15th Floor","Thumbnail":)"
                       R"({"Url":"http://www.example.com/image/481989943","Height":125},)"
                       R"("Animated":false,"IDs":[116,943,234,38793]}})"));
  for (const char* text : {"\"Hello world!\"", "42", "true", "null", "[]", "{}", " [ 1 , { } ] ",
                           "-0.5e+10", "\"\\u00e9\\n\"", "12345678901234567890123456789"}) {
    EXPECT_TRUE(is_valid(text)) << text;
  }
}

TEST(Validate, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",        " ",           "{",   "[1,]",      "{\"a\":1,}", "{\"a\"}", "{a:1}",
        "01",      "1.",          ".5",  "+1",        "1e",         "'a'",     "\"\t\"",
        "\"\\x\"", "\"\\u12g4\"", "nul", "truefalse", "[1 2]",      "1 2",     "\"\xC3\"",
        "NaN",     "]",           "[}",  "{\"a\":1]"}) {
    EXPECT_FALSE(is_valid(text)) << text;
  }
}

TEST(Validate, LimitsTheDepth) {
  EXPECT_TRUE(is_valid(std::string(5, '[') + std::string(5, ']'), 5));
  EXPECT_FALSE(is_valid(std::string(6, '[') + std::string(6, ']'), 5));
  EXPECT_FALSE(is_valid(std::string(1'000'000, '[')));
}

// Boost.JSON is the independent judge on mutated documents.
TEST(Validate, AgreesWithBoostJson) {
  std::mt19937 random(7);
  const std::string seed = R"({"a":[1,-2.5e3,"x\u00e9\\",null,true,{"b":[]}],"c":"\"q\""})";
  const std::string alphabet = "{}[]\",:\\u0123456789abtrfnl.-+eE \n";
  boost::json::parse_options options;
  options.max_depth = 128;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (unsigned change = 0; change < 1 + random() % 3; ++change) {
      const size_t at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1 + random() % 3);
      else
        text[at] = alphabet[random() % alphabet.size()];
    }
    boost::system::error_code error;
    boost::json::parse(text, error, {}, options);
    // Boost refuses lone surrogates and overflowing numbers, which the grammar allows.
    if (error == boost::json::error::illegal_leading_surrogate ||
        error == boost::json::error::illegal_trailing_surrogate ||
        error == boost::json::error::expected_utf16_escape ||
        error == boost::json::error::exponent_overflow) {
      continue;
    }
    EXPECT_EQ(is_valid(text), !error) << text << " " << error.message();
  }
}

}  // namespace
}  // namespace tandem::json
