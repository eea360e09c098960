#include "base/json/tree.h"

#include <gtest/gtest.h>

namespace tandem::json {
namespace {

TEST(JsonTree, EveryValueKnowsItsBytes) {
  const auto document = parse(R"( {"a" : [1, {"b":0.10}], "c":"x\ny" , "d":true} )");
  ASSERT_TRUE(document) << document.error().message;
  const Value& root = document->root();
  EXPECT_EQ(root.raw, R"({"a" : [1, {"b":0.10}], "c":"x\ny" , "d":true})");
  const Value* list = root.find("a");
  ASSERT_TRUE(list && list->is_array());
  EXPECT_EQ(list->raw, R"([1, {"b":0.10}])");
  ASSERT_EQ(list->children.size(), 2u);
  EXPECT_EQ(list->children[1].raw, R"({"b":0.10})");
  EXPECT_EQ(list->children[1].find("b")->raw, "0.10");
  EXPECT_EQ(root.find("c")->text, "x\ny");
  EXPECT_EQ(root.find("c")->raw, R"("x\ny")");
  EXPECT_EQ(root.find("d")->boolean(), true);
}

TEST(JsonTree, AFieldThatIsNullIsNotThereAndTheLastOfTwoCounts) {
  const auto document = parse(R"({"a":1,"a":2,"b":3,"b":null})");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().find("a")->integer(), 2);
  EXPECT_EQ(document->root().find("b"), nullptr);
  EXPECT_EQ(document->root().find("c"), nullptr);
  EXPECT_EQ(document->root().children.size(), 4u);
}

TEST(JsonTree, NumbersAreReadExactly) {
  const auto document = parse("[0.7,1e3,1.0,1.5,9223372036854775807,9223372036854775808,1e400]");
  ASSERT_TRUE(document);
  const auto& list = document->root().children;
  EXPECT_EQ(list[0].number(), 0.7);
  EXPECT_EQ(list[0].integer(), std::nullopt);
  EXPECT_EQ(list[1].integer(), 1000);
  EXPECT_EQ(list[2].integer(), 1);
  EXPECT_EQ(list[3].integer(), std::nullopt);
  EXPECT_EQ(list[4].integer(), INT64_MAX);
  EXPECT_EQ(list[5].integer(), std::nullopt);
  EXPECT_EQ(list[6].number(), std::nullopt);
  EXPECT_EQ(list[6].raw, "1e400");
}

TEST(JsonTree, WhatIsNoJsonAndWhatIsTooLargeAreErrors) {
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("1"));
  EXPECT_FALSE(parse("{\"a\":}"));
  EXPECT_FALSE(parse("[1]]"));
  EXPECT_FALSE(parse(std::string(200, '[') + std::string(200, ']')));
  std::string many = "[0";
  for (size_t i = 0; i < kMaxValues; ++i) many += ",0";
  EXPECT_EQ(parse(many + "]").error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tandem::json
