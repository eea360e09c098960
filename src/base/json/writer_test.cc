#include "base/json/writer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

namespace tandem::json {
namespace {

using namespace std::string_view_literals;

TEST(Writer, PutsCommasWhereTheyBelong) {
  std::string out;
  Writer json(out);
  json.object().key("a").integer(1).key("b").array().string("x").null().boolean(true);
  json.object().end_object().array().end_array().end_array();
  json.key("c").raw(R"({"d":2})").key("e").unsigned_integer(18446744073709551615u).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":["x",null,true,{},[]],"c":{"d":2},"e":18446744073709551615})");
}

// RFC 8259 section 7: quotation mark, reverse solidus and the control characters must be escaped.
TEST(Writer, EscapesWhatMustBe) {
  EXPECT_EQ(json::quoted("say \"hi\" \\ bye"), R"("say \"hi\" \\ bye")");
  EXPECT_EQ(json::quoted("\n\t\r"), R"("\n\t\r")");
  EXPECT_EQ(json::quoted("\x01\x1f\0"sv), R"("\u0001\u001f\u0000")");
  EXPECT_EQ(json::quoted("/ é € 😀 \x7f"), "\"/ é € 😀 \x7f\"");
}

TEST(Writer, EveryByteIsReadBackByAnotherReader) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    EXPECT_EQ(boost::json::parse(json::quoted(text)).as_string(), text) << byte;
  }
}

// Unicode 15 section 3.9, "U+FFFD substitution of maximal subparts": at least one each.
TEST(Writer, MalformedUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(json::quoted("a\xff"
                    "b"),
            "\"a\uFFFDb\"");
  EXPECT_EQ(json::quoted("a\xc3"), "\"a\uFFFD\"");
  for (std::string_view bad :
       {"\xed\xa0\x80"sv, "\xc0\xaf"sv, "\xf4\x90\x80\x80"sv, "\xe2\x82"sv}) {
    const std::string out = json::quoted(bad);
    EXPECT_NE(out.find("\uFFFD"), std::string::npos);
    boost::system::error_code error;
    boost::json::parse(out, error);
    EXPECT_FALSE(error) << out;
  }
}

TEST(Writer, NumbersAreReadBackExactly) {
  for (const double value : {0.0, -0.5, 0.1, 1e300, 5e-324, 3.141592653589793, 1.0 / 3}) {
    std::string out;
    Writer(out).number(value);
    EXPECT_EQ(boost::json::parse(out).to_number<double>(), value) << out;
  }
  for (const double value :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()}) {
    std::string out;
    Writer(out).number(value);
    EXPECT_EQ(out, "null");
  }
  std::string out;
  Writer(out).integer(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(out, "-9223372036854775808");
}

TEST(Writer, KeysAreEscapedAndEmptyTextsMayBeNull) {
  std::string out;
  Writer json(out);
  json.object().key("a\"b").string_or_null("").key("c").string_or_null("d").end_object();
  EXPECT_EQ(out, R"({"a\"b":null,"c":"d"})");
}

TEST(Writer, SplicesIntoAnExistingString) {
  std::string out = "\"before ";
  append_escaped(out, "a \"quote\"");
  EXPECT_EQ(out + "\"", R"("before a \"quote\"")");
}

}  // namespace
}  // namespace tandem::json
