#include "identity/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::identity {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::string_view kFields[] = {"name", "role"};

Result<ListRequest> list(ListParameters parameters) {
  return read_list_request(parameters, kFields);
}

TEST(Requests, Defaults) {
  const auto request = list({});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->limit, 50);
  EXPECT_EQ(request->order, Order::NewestFirst);
  EXPECT_FALSE(request->after);
}

TEST(Requests, LimitsAreFrom1To1000) {
  EXPECT_EQ(list({.limit = "1000"})->limit, 1000);
  for (const char* text : {"0", "1001", "-1", "ten", "", "5x", "99999999999999999999"}) {
    const auto refused = list({.limit = text});
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().param, "limit");
  }
}

TEST(Requests, ACursorComesBackAsItWasGiven) {
  const std::string text = write_cursor({1'764'000'000'000'000, "key_01J9"});
  const auto request = list({.cursor = text, .order = "created_at"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->after->created_us, 1'764'000'000'000'000);
  EXPECT_EQ(request->after->id, "key_01J9");
  EXPECT_EQ(request->order, Order::OldestFirst);
  for (const char* bad : {"zz", "31", "3a", "313a", "313a27", "abc", "613a62"}) {
    EXPECT_EQ(list({.cursor = bad}).error().param, "cursor") << bad;
  }
}

TEST(Requests, FiltersAreTermsJoinedByAnd) {
  EXPECT_THAT(list({.filter = R"(name = "a \"b\"" and role=admin)"})->equal,
              UnorderedElementsAre(Pair("name", "a \"b\""), Pair("role", "admin")));
  EXPECT_TRUE(list({.filter = "  "})->equal.empty());
  EXPECT_THAT(list({.filter = "nom = 1"}).error().message,
              HasSubstr("expected one of name, role at position 1"));
  EXPECT_THAT(list({.filter = "name ! x"}).error().message, HasSubstr("`=` at position 6"));
  EXPECT_THAT(list({.filter = "name = "}).error().message, HasSubstr("a value at position"));
  EXPECT_THAT(list({.filter = "name = \"x"}).error().message, HasSubstr("no end"));
  EXPECT_THAT(list({.filter = "name = x or role = y"}).error().message, HasSubstr("`and`"));
  EXPECT_THAT(list({.filter = "name = x and"}).error().message, HasSubstr("expected one of"));
  EXPECT_THAT(list({.filter = "name = x and name = y"}).error().message, HasSubstr("twice"));
  EXPECT_THAT(list({.filter = std::string(5000, 'a')}).error().message, HasSubstr("too long"));
}

TEST(Requests, OrderIsByTime) {
  EXPECT_EQ(list({.order = "-created_at"})->order, Order::NewestFirst);
  EXPECT_EQ(list({.order = "name"}).error().param, "order");
}

TEST(Requests, IfMatchIsAVersion) {
  for (const char* text : {"3", "\"3\"", "W/\"3\"", " \"3\" "}) {
    EXPECT_EQ(read_write_options("", text)->if_match, 3) << text;
  }
  EXPECT_EQ(read_write_options("", "*")->if_match, std::nullopt);
  EXPECT_EQ(read_write_options("", "")->if_match, std::nullopt);
  for (const char* text : {"abc", "\"\"", "\"", "3.0", "\"3\", \"4\""}) {
    EXPECT_EQ(read_write_options("", text).error().param, "If-Match") << text;
  }
}

TEST(Requests, IdempotencyKeysAreShortAndVisible) {
  EXPECT_EQ(read_write_options("a-b", "")->idempotency_key, "a-b");
  EXPECT_EQ(read_write_options("", "")->idempotency_key, std::nullopt);
  EXPECT_FALSE(read_write_options("a b", ""));
  EXPECT_FALSE(read_write_options("\xc3\xa4", ""));
  EXPECT_FALSE(read_write_options(std::string(256, 'a'), ""));
}

}  // namespace
}  // namespace tandem::identity
