#include "base/json/walk.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem::json {
namespace {

struct Lister final : Visitor {
  explicit Lister(std::string_view document) : text(document) {}
  Result<void> scalar(Path path, Kind, Token token, std::string_view value) override {
    list += to_text(path) + "=" + std::string(token.in(text)) + "|" + std::string(value) + "\n";
    return {};
  }
  std::string_view text;
  std::string list;
};

std::string list(std::string document) {
  Lister lister(document);
  const std::string copy = document;
  lister.text = copy;
  const auto walked = walk(document, lister);
  return walked ? lister.list : "error: " + walked.error().message;
}

TEST(JsonWalk, GivesPathsTokensAndTexts) {
  EXPECT_EQ(list(R"({"a": 1 , "b" : [true, {"c":"x\ny"} ,null], "d":-1.5e3})"),
            "a=1|1\nb[0]=true|true\nb[1].c=\"x\\ny\"|x\ny\nb[2]=null|null\nd=-1.5e3|-1.5e3\n");
  EXPECT_EQ(list(R"({"s": "quote \" and \\" , "u":"\u00e4"})"),
            "s=\"quote \\\" and \\\\\"|quote \" and \\\nu=\"\\u00e4\"|\xC3\xA4\n");
  EXPECT_EQ(list(R"({"big":123456789012345678901234567890,"neg":-0})"),
            "big=123456789012345678901234567890|123456789012345678901234567890\nneg=-0|-0\n");
  EXPECT_EQ(list("{}"), "");
}

// Cases of the JSON test suite (n_*), written anew.
TEST(JsonWalk, RefusesWhatIsNotJson) {
  for (const char* bad : {"",
                          "{",
                          "{\"a\":}",
                          "{\"a\":01}",
                          "{\"a\":1.}",
                          "{\"a\":+1}",
                          "{\"a\":.5}",
                          "{\"a\":nul}",
                          "{\"a\":\"\x01\"}",
                          "{\"a\":1}x",
                          "{'a':1}",
                          "{\"a\":1,}",
                          "[1,]",
                          "{\"a\" 1}",
                          "\"text\"",
                          "12",
                          "{\"a\":\"\xff\"}",
                          "{\"a\":\"\\x\"}",
                          "{\"a\":tru}",
                          "[1 2]"}) {
    EXPECT_EQ(list(bad).rfind("error: ", 0), 0u) << bad << " gave " << list(bad);
  }
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "[";
  for (int i = 0; i < 200; ++i) deep += "]";
  EXPECT_EQ(list(deep), "error: The JSON is nested deeper than 128 levels.");
}

TEST(JsonSplice, LeavesTheRestAsItWas) {
  const std::string text = R"({ "model" : "a" ,"x":1})";
  Edits edits;
  edits.insert(22, ",\"z\":3");
  edits.insert(22, ",\"y\":2");
  edits.replace({12, 3}, "\"longer\"");
  EXPECT_EQ(edits.apply(text), R"({ "model" : "longer" ,"x":1,"z":3,"y":2})");
}

}  // namespace
}  // namespace tandem::json
