#include "base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <type_traits>
#include <unordered_set>

#include "base/clock.h"

namespace tandem {
namespace {

using testing::HasSubstr;

static_assert(std::is_trivially_copyable_v<KeyId>);
static_assert(!std::is_convertible_v<KeyId, ProjectId>);

// github.com/ulid/spec: 26 characters of Crockford's base 32 (no I, L, O, U), the first ten the
// time in milliseconds, most significant first.
int64_t milliseconds_of(std::string_view ulid) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  int64_t value = 0;
  for (char c : ulid.substr(0, 10)) {
    value = value * 32 + static_cast<int64_t>(kAlphabet.find(c));
  }
  return value;
}

TEST(Ids, AreUlidsOfTheCurrentTime) {
  const int64_t before_ms = wall_now_us() / 1000;
  const KeyId id = KeyId::make("key");
  const int64_t after_ms = wall_now_us() / 1000;
  ASSERT_EQ(id.view().size(), 30u);
  EXPECT_EQ(id.view().substr(0, 4), "key_");
  const std::string_view ulid = id.view().substr(4);
  EXPECT_EQ(ulid.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string_view::npos);
  EXPECT_GE(milliseconds_of(ulid), before_ms);
  EXPECT_LE(milliseconds_of(ulid), after_ms);
}

TEST(Ids, AreUniqueAndOrderedByTime) {
  std::unordered_set<KeyId> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(KeyId::make("key")).second);
  // 01ARZ3NDEK… is the example of the ULID specification: an older time.
  EXPECT_LT(KeyId("key_01ARZ3NDEKTSV4RRFFQ69G5FAV"), KeyId::make("key"));
}

TEST(Ids, TakeNamesThatPeopleUse) {
  for (const char* good :
       {"default", "a", "team/search", "v1.2_beta-3", "user@example.com", "a:b"}) {
    EXPECT_TRUE(ProjectId::parse(good)) << good;
  }
  for (const char* bad : {"", "two words", "täglich", "a\"b", "a\n", "a;b", "a\\b", "(x)"}) {
    EXPECT_FALSE(ProjectId::parse(bad)) << bad;
  }
}

TEST(Ids, HoldAtMost63Bytes) {
  EXPECT_TRUE(ProjectId::parse(std::string(63, 'x')));
  const auto longer = ProjectId::parse(std::string(64, 'x'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::InvalidArgument);
  EXPECT_THAT(longer.error().message, HasSubstr("project is 64 bytes long"));
  EXPECT_EQ(ProjectId(std::string(80, 'x')).view().size(), 63u);
}

TEST(Ids, CompareByValue) {
  EXPECT_EQ(ProjectId("a"), ProjectId("a"));
  EXPECT_NE(ProjectId("a"), ProjectId("b"));
  EXPECT_NE(ProjectId("a"), ProjectId("a "));
  EXPECT_TRUE(ProjectId().empty());
  EXPECT_EQ((std::set<ProjectId>{ProjectId("b"), ProjectId("a"), ProjectId("b")}).size(), 2u);
}

}  // namespace
}  // namespace tandem
