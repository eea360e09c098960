#include "base/config/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/node_limits.h"
#include "base/config/syntax.h"
#include "base/limits.h"

namespace tandem::config {
namespace {

using testing::HasSubstr;

std::string yaml_error(const std::string& text) {
  const auto node = parse_config(text, "t.yaml");
  return node ? "no error: " + to_json(*node) : node.error().message;
}

std::string body_error(const std::string& text) {
  const auto node = parse_body(text);
  return node ? "no error: " + to_json(*node) : node.error().message;
}

std::string as_json(const std::string& text) {
  const auto node = parse_config(text, "t.yaml");
  return node ? to_json(*node) : "error: " + node.error().message;
}

// Examples of the YAML 1.2 specification, chapter 2, with the values that it gives them.
TEST(Node, ReadsTheExamplesOfTheYamlSpecification) {
  EXPECT_EQ(as_json("- Mark McGwire\n- Sammy Sosa\n- Ken Griffey\n"),
            R"(["Mark McGwire","Sammy Sosa","Ken Griffey"])");
  EXPECT_EQ(as_json("hr:  65    # Home runs\navg: 0.278 # Batting average\nrbi: 147\n"),
            R"({"hr":65,"avg":0.278,"rbi":147})");
  EXPECT_EQ(as_json("american:\n  - Boston Red Sox\nnational:\n  - New York Mets\n"),
            R"({"american":["Boston Red Sox"],"national":["New York Mets"]})");
  EXPECT_EQ(
      as_json(
          "Mark McGwire: {hr: 65, avg: 0.278}\nSammy Sosa: {\n    hr: 63,\n    avg: 0.288\n  }\n"),
      R"({"Mark McGwire":{"hr":65,"avg":0.278},"Sammy Sosa":{"hr":63,"avg":0.288}})");
  EXPECT_EQ(as_json("name: Mark McGwire\nstats: |\n  65 Home Runs\n  0.278 Batting\n"),
            R"({"name":"Mark McGwire","stats":"65 Home Runs\n0.278 Batting\n"})");
  EXPECT_EQ(as_json("unicode: \"Sosa did fine.\\u263A\"\nsingle: '\"Howdy!\" he cried.'\n"),
            "{\"unicode\":\"Sosa did fine.☺\",\"single\":\"\\\"Howdy!\\\" he cried.\"}");
  EXPECT_EQ(as_json("hr:\n  - Mark\n  - &SS Sammy Sosa\nrbi:\n  - *SS\n  - Ken\n"),
            R"({"hr":["Mark","Sammy Sosa"],"rbi":["Sammy Sosa","Ken"]})");
}

TEST(Node, JsonIsYaml) {
  EXPECT_EQ(
      as_json("{\"a\": [1, 2.50, \"x\\/y\", null, true], \"b\": {\"\\ud83d\\ude00\": \"\\t\"}}"),
      "{\"a\":[1,2.50,\"x/y\",null,true],\"b\":{\"😀\":\"\\t\"}}");
  EXPECT_EQ(as_json("{\"a\":\t1}"), R"({"a":1})");
  EXPECT_EQ(as_json("{a: b}"), R"({"a":"b"})");
}

TEST(Node, KeepsPlaces) {
  const auto root = parse_config("a:\n  - x\n  - {b: 1}\n", "t.yaml");
  ASSERT_TRUE(root);
  const Node* list = root->find("a");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items[0].place.describe(), "t.yaml:2");
  EXPECT_EQ(list->items[1].items[0].place.line, 3u);
  EXPECT_EQ(list->items[1].items[0].place.column, 9u);
  const auto body = parse_body("{\n  \"a\": [1,\n 22]}");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->find("a")->items[1].place.describe(), "line 3, column 2");
}

TEST(Node, RefusesBrokenYamlWithThePlace) {
  EXPECT_THAT(yaml_error("a: [1, 2\n"), HasSubstr("t.yaml:"));
  EXPECT_THAT(yaml_error("a: 1\na: 2\n"),
              HasSubstr("t.yaml:2:1: not valid YAML: the key a stands twice"));
  EXPECT_THAT(yaml_error("a: !include x\n"), HasSubstr("the tag !include is not known"));
  EXPECT_THAT(yaml_error("a: *nothing\n"), HasSubstr("t.yaml:1:"));
  EXPECT_THAT(yaml_error("? [a]\n: b\n"), HasSubstr("a key must be text, found a list"));
  EXPECT_THAT(yaml_error("a: 1\n---\nb: 2\n"), HasSubstr("a second document begins"));
  EXPECT_THAT(yaml_error("a: \xff\n"), HasSubstr("t.yaml:1: byte 3 is not UTF-8"));
  EXPECT_THAT(yaml_error("a: &a [*a]\n"), HasSubstr("an alias refers to itself"));
}

TEST(Node, BoundsWhatAliasesAndNestingMultiply) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(yaml_error(bomb), HasSubstr("more than 200000 values"));

  const std::string deep(kMaxConfigDepth + 1, '[');
  EXPECT_THAT(yaml_error("a: " + deep), HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(yaml_error(std::string(100'000, '[')), HasSubstr("nested deeper"));
  // Forty levels twice over, through an alias.
  const std::string forty = std::string(40, '[') + "x" + std::string(40, ']');
  EXPECT_THAT(yaml_error("a: &a " + forty + "\nb: " + std::string(40, '[') + "*a" +
                         std::string(40, ']') + "\n"),
              HasSubstr("nested deeper"));
  EXPECT_THAT(yaml_error(std::string(limits::kMaxConfigBytes + 1, 'a')),
              HasSubstr("at most 8388608"));
}

// Cases of JSONTestSuite's kinds: what RFC 8259 forbids.
TEST(Node, BodiesAreStrictJson) {
  for (const char* text : {"{\"a\":1,}",
                           "[1,]",
                           "{'a':1}",
                           "{a:1}",
                           "[01]",
                           "[1.]",
                           "[.5]",
                           "[1e]",
                           "[+1]",
                           "[NaN]",
                           "[-]",
                           "{\"a\"}",
                           "{\"a\":1 \"b\":2}",
                           "\"\x01\"",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\ud800\\u0041\"",
                           "[1] 2",
                           "tru",
                           "\"abc",
                           "[",
                           "{",
                           "{\"a\":",
                           "// c\n{}",
                           "{\"a\":1,\"a\":2}",
                           "[True]",
                           "nul",
                           "-",
                           "\"\\u12g4\""}) {
    EXPECT_THAT(body_error(text), HasSubstr("Not valid JSON")) << text;
  }
  for (const char* text :
       {"0", "-0.0", "1e5", "1.5E-7", "\"\\u00e9\"", "[]", "{}", "null", " [ ] "}) {
    EXPECT_THAT(body_error(text), testing::StartsWith("no error")) << text;
  }
  EXPECT_EQ(body_error("{\n  \"a\": tru}"),
            "Not valid JSON: expected a value, at line 2, column 8 (byte 9).");
  EXPECT_THAT(body_error(std::string(65, '[') + std::string(65, ']')), HasSubstr("too deeply"));
  EXPECT_THAT(body_error(std::string(64, '[') + std::string(64, ']')), HasSubstr("no error"));
}

TEST(Syntax, WholeNumbers) {
  int64_t value = 0;
  const auto reads = [&](std::string_view text) { return parse_integer(text, value); };
  EXPECT_EQ(reads("10_000_000"), IntegerSpelling::Ok);
  EXPECT_EQ(value, 10'000'000);
  EXPECT_EQ(reads("-9223372036854775808"), IntegerSpelling::Ok);
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_EQ(reads("+7"), IntegerSpelling::Ok);
  EXPECT_EQ(value, 7);
  EXPECT_EQ(reads("9223372036854775808"), IntegerSpelling::TooLarge);
  for (std::string_view text : {"", "-", "+", "+-1", "-+1", "--1", "1_", "_1", "1__0", "1.0", "1e3",
                                "0x10", " 1", "1 ", "a"}) {
    EXPECT_EQ(reads(text), IntegerSpelling::NotInteger) << text;
  }
}

TEST(Syntax, Numbers) {
  EXPECT_EQ(parse_number("0.5"), 0.5);
  EXPECT_EQ(parse_number("-1_000.25"), -1000.25);
  EXPECT_EQ(parse_number("1e-3"), 0.001);
  for (std::string_view text : {"", ".", "nan", "inf", "1e999", "+-1", "0x1p3", "1,5", "--1"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tandem::config
