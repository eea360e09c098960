#include "guard/value_judge.h"

#include <gtest/gtest.h>

namespace tandem::guard {
namespace {

constexpr ValueContext kSign{.link = Link::Sign};
constexpr ValueContext kQuoted{.link = Link::Sign, .quoted = true};
constexpr ValueContext kProse{.link = Link::Prose};
constexpr ValueContext kSpace{.link = Link::Space};
constexpr ValueContext kCode{.link = Link::Sign, .spaced_sign = true};

TEST(Entropy, IsShannons) {
  EXPECT_DOUBLE_EQ(entropy(""), 0);
  EXPECT_DOUBLE_EQ(entropy("aaaa"), 0);
  EXPECT_DOUBLE_EQ(entropy("ab"), 1);
  EXPECT_DOUBLE_EQ(entropy("abcd"), 2);
  EXPECT_DOUBLE_EQ(entropy("0123456789abcdef"), 4);
  // 2/3 log2(3/2) + 1/3 log2(3)
  EXPECT_NEAR(entropy("aab"), 0.9182958340544896, 1e-12);
}

TEST(Placeholder, IsWhatStandsForASecret) {
  for (const char* text : {"",
                           "AKIAIOSFODNN7EXAMPLE",
                           "xxxxxxxx",
                           "XXXXX-XXXXX",
                           "<your-key>",
                           "${API_KEY}",
                           "{{key}}",
                           "****",
                           "your_api_key",
                           "YOUR-TOKEN",
                           "changeme",
                           "REPLACE_ME_NOW",
                           "key_goes_here",
                           "[REDACTED]",
                           "aaaaaaaa",
                           "insert-key",
                           "%s",
                           "abc...",
                           "sk-…",
                           "••••••"}) {
    EXPECT_TRUE(is_placeholder(text)) << text;
  }
}

TEST(Placeholder, IsNoSecret) {
  for (const char* text : {"hunter2", "wJalrXUtnFEMI", "9f86d081884c7d659a2feaa0c55ad015",
                           "Summer#6YXQJ%", "xkcd936xx", "exam-pleasant"}) {
    EXPECT_FALSE(is_placeholder(text)) << text;
  }
}

TEST(LooksRandom, TellsGeneratorsFromPeople) {
  for (const char* text :
       {"9f86d081884c7d659a2feaa0c55ad015", "5eb4223e-5008-46e5-be67-c7b8f2732305", "4KzQ8mVt2LxP",
        "rA1wk0Y45YCufyfq", "yqDVtkqPECriaLRi", "DjayBenyJrtpvydFCzAphcqc", "a1b2c3d4e5f6g7h8"}) {
    EXPECT_TRUE(looks_random(text)) << text;
  }
  for (const char* text :
       {"gpt-4o-2024-08-06", "text-embedding-3-large", "claude-3-5-sonnet-20241022", "us-east-1",
        "2025-01-01T00:00:00Z", "my-secret-name-v2", "BertTokenizerFast",
        "shop-database-credentials", "ServiceBusConnectionString", "utf-8", "v1.2.3-beta4",
        "1234567890", "Europe/Istanbul"}) {
    EXPECT_FALSE(looks_random(text)) << text;
  }
}

TEST(Uuid, HasItsShape) {
  EXPECT_TRUE(looks_like_uuid("5eb4223e-5008-46e5-be67-c7b8f2732305"));
  EXPECT_FALSE(looks_like_uuid("5eb4223e-5008-46e5-be67-c7b8f273230"));
  EXPECT_FALSE(looks_like_uuid("5eb4223e-5008-46e5-be67xc7b8f2732305"));
  EXPECT_FALSE(looks_like_uuid("feedface-cafe-beef-dead-abcdefabcdef"));  // words, no digits
}

TEST(Password, NeedsMoreThanAWord) {
  for (const char* text :
       {"hunter2", "p@ss_7yecMznyOX%", "Gr33n#xabRvfqE2", "123456", "tr0ub4dor&3"}) {
    EXPECT_TRUE(looks_like_password(text, kSign)) << text;
  }
  for (const char* text : {"required", "None", "string", "abc", "config.password", "$DB_PASSWORD",
                           "self.password", "https://host/reset", "changeme", "./secrets/db.txt"}) {
    EXPECT_FALSE(looks_like_password(text, kSign)) << text;
  }
}

TEST(Password, IsStricterWhereTheLinkIsWeaker) {
  EXPECT_TRUE(looks_like_password("Summer#6YXQJ%", kProse));
  EXPECT_FALSE(looks_like_password("incorrect", kProse));
  EXPECT_FALSE(looks_like_password("case-sensitive", kProse));
  EXPECT_TRUE(looks_like_password("Prl23Db#@", kSpace));
  EXPECT_FALSE(looks_like_password("reset", kSpace));
  EXPECT_FALSE(looks_like_password("chapter12", kSpace));
  // `password = value2` is code, "value2" is not.
  EXPECT_FALSE(looks_like_password("value2", kCode));
  EXPECT_TRUE(looks_like_password("value2", kQuoted));
}

TEST(Secret, IsGenerated) {
  EXPECT_TRUE(looks_like_secret("dafa7817-e246-48f3-91a7-e87653d587b8", kQuoted));
  EXPECT_TRUE(looks_like_secret("42fc56d9ab", kSign));
  EXPECT_FALSE(looks_like_secret("shop-database-credentials", kQuoted));
  EXPECT_FALSE(looks_like_secret("4096", kSign));
  EXPECT_FALSE(looks_like_secret("42fc56d9ab", kProse)) << "too short for prose";
}

TEST(Key, NeedsANameForAUuid) {
  const char* uuid = "5eb4223e-5008-46e5-be67-c7b8f2732305";
  EXPECT_FALSE(looks_like_key(uuid, kSign));
  EXPECT_TRUE(looks_like_key(uuid, {.link = Link::Sign, .named = true}));
  EXPECT_TRUE(looks_like_key("9f86d081884c7d659a2feaa0c55ad015", kSign));
  EXPECT_FALSE(looks_like_key("SalesResults-1.2", kSign));
}

// The example of RFC 7617 section 2: Aladdin:open sesame.
TEST(Basic, IsUserAndPasswordInBase64) {
  EXPECT_TRUE(looks_like_basic("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  EXPECT_FALSE(looks_like_basic("c29tZXRoaW5nIGVsc2U="));  // "something else"
  EXPECT_FALSE(looks_like_basic("understanding"));
}

}  // namespace
}  // namespace tandem::guard
