#include "gateway/catalog/list_page.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

constexpr std::string_view kFields[] = {"name", "kind"};

struct Item {
  std::string name, kind;
};
const std::vector<Item> kItems = {
    {"ant", "chat"}, {"bee", "embedding"}, {"cat", "chat"}, {"dog", "chat"}};

std::string list(identity::ListParameters parameters) {
  const auto page = read_list_page(parameters, kFields);
  if (!page) return page.error().param;
  return write_list(
      kItems, *page,
      [](const Item& item, std::string_view field) {
        return field == "name" ? item.name : item.kind;
      },
      [](json::Writer& json, const Item& item) { json.string(item.name); });
}

TEST(ListPage, IsTheWholeListWhereItFits) {
  EXPECT_EQ(list({}), R"({"data":["ant","bee","cat","dog"],"next_cursor":null})");
  EXPECT_EQ(list({"4", {}, {}, {}}), R"({"data":["ant","bee","cat","dog"],"next_cursor":null})");
}

TEST(ListPage, GoesOnBehindTheCursor) {
  EXPECT_EQ(list({"3", {}, {}, {}}), R"({"data":["ant","bee","cat"],"next_cursor":"cat"})");
  EXPECT_EQ(list({"3", "cat", {}, {}}), R"({"data":["dog"],"next_cursor":null})");
  // What the cursor names may be gone.
  EXPECT_EQ(list({"3", "bug", {}, {}}), R"({"data":["cat","dog"],"next_cursor":null})");
  EXPECT_EQ(list({"3", "zoo", {}, {}}), R"({"data":[],"next_cursor":null})");
}

TEST(ListPage, GoesBackwardsToo) {
  EXPECT_EQ(list({"3", {}, "-name", {}}), R"({"data":["dog","cat","bee"],"next_cursor":"bee"})");
  EXPECT_EQ(list({"3", "bee", "-name", {}}), R"({"data":["ant"],"next_cursor":null})");
}

TEST(ListPage, TakesOnlyWhatTheFilterSays) {
  EXPECT_EQ(list({"2", {}, {}, R"(kind = "chat")"}),
            R"({"data":["ant","cat"],"next_cursor":"cat"})");
  EXPECT_EQ(list({"2", "cat", {}, R"(kind = "chat")"}), R"({"data":["dog"],"next_cursor":null})");
  EXPECT_EQ(list({{}, {}, {}, R"(kind = "chat" and name = "dog")"}),
            R"({"data":["dog"],"next_cursor":null})");
}

TEST(ListPage, NamesTheParameterAtFault) {
  EXPECT_EQ(list({"0", {}, {}, {}}), "limit");
  EXPECT_EQ(list({"1001", {}, {}, {}}), "limit");
  EXPECT_EQ(list({"3x", {}, {}, {}}), "limit");
  EXPECT_EQ(list({{}, {}, "age", {}}), "order");
  EXPECT_EQ(list({{}, {}, {}, R"(age = "3")"}), "filter");
}

}  // namespace
}  // namespace tandem::gateway
