#include "gateway/providers/key_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

namespace tandem::gateway {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kMinuteUs = 60 * kSecondUs;
constexpr uint64_t kNoneTried = 0;

ProviderKey key(std::string name, int64_t weight = 1, identity::KeyLimits limits = {}) {
  ProviderKey made;
  made.name = std::move(name);
  made.weight = weight;
  made.limits = limits;
  return made;
}

std::map<std::string, int> drawn(KeyRing& ring, int times, SteadyUs now_us) {
  std::map<std::string, int> counts;
  SplitMix64 random(7);
  for (int i = 0; i < times; ++i) {
    const auto use = ring.take(10, kNoneTried, random(), now_us);
    ++counts[use ? ring.key(use->key).name : "none"];
  }
  return counts;
}

TEST(KeyRing, KeysAreDrawnByWeight) {
  KeyRing ring({key("a", 1), key("b", 3), key("spare", 0)});
  auto counts = drawn(ring, 40'000, 0);
  // Four standard deviations of a binomial with p = 1/4 are 346.
  EXPECT_NEAR(counts["a"], 10'000, 346);
  EXPECT_NEAR(counts["b"], 30'000, 346);
  EXPECT_EQ(counts["spare"], 0);
}

TEST(KeyRing, AKeyWithoutANameIsCalledByItsPlace) {
  KeyRing ring({key(""), key("")});
  EXPECT_EQ(ring.key(0).name, "1");
  EXPECT_EQ(ring.key(1).name, "2");
}

TEST(KeyRing, ARefusedKeyRestsAndTheOthersGoOn) {
  KeyRing ring({key("a"), key("b")});
  EXPECT_TRUE(ring.answered({0}, 401, std::nullopt, 0));
  EXPECT_EQ(drawn(ring, 50, 9 * kSecondUs)["b"], 50);
  const auto after = drawn(ring, 50, 10 * kSecondUs);
  EXPECT_EQ(after.count("a"), 1u) << "ten seconds later it is tried again";
}

TEST(KeyRing, ALimitedKeyRestsAsLongAsTheProviderSays) {
  KeyRing ring({key("a"), key("b")});
  EXPECT_TRUE(ring.answered({0}, 429, 42'000, 0));
  EXPECT_EQ(drawn(ring, 50, 42 * kSecondUs - 1)["b"], 50);
  EXPECT_EQ(drawn(ring, 50, 42 * kSecondUs).count("a"), 1u);
}

TEST(KeyRing, RestsGrowUntilTheKeyAnswers) {
  KeyRing ring({key("a")});
  ring.answered({0}, 429, std::nullopt, 0);
  EXPECT_EQ(ring.wait_us(1, 0), 1 * kSecondUs);
  ring.answered({0}, 429, std::nullopt, 1 * kSecondUs);
  EXPECT_EQ(ring.wait_us(1, 1 * kSecondUs), 2 * kSecondUs);
  ring.answered({0}, 200, std::nullopt, 4 * kSecondUs);
  ring.answered({0}, 429, std::nullopt, 4 * kSecondUs);
  EXPECT_EQ(ring.wait_us(1, 4 * kSecondUs), 1 * kSecondUs);
}

TEST(KeyRing, CallsThatWereUnderWayTogetherMakeOneRest) {
  KeyRing ring({key("a")});
  for (int i = 0; i < 20; ++i) ring.answered({0}, 429, std::nullopt, 0);
  EXPECT_EQ(ring.wait_us(1, 0), 1 * kSecondUs);
  ring.answered({0}, 200, std::nullopt, 1);
  EXPECT_EQ(ring.wait_us(1, 1), 1 * kSecondUs - 1) << "an answer from before does not wake it";
}

TEST(KeyRing, OtherAnswersSayNothingAboutTheKey) {
  KeyRing ring({key("a"), key("b")});
  for (const int status : {0, 400, 404, 500, 503}) {
    EXPECT_FALSE(ring.answered({0}, status, std::nullopt, 0)) << status;
  }
  EXPECT_EQ(drawn(ring, 50, 0).count("a"), 1u);
}

TEST(KeyRing, WhereAllWereRefusedTheOneThatRestsShortestIsTried) {
  KeyRing ring({key("a"), key("b")});
  ring.answered({0}, 401, std::nullopt, 0);
  ring.answered({1}, 403, std::nullopt, 5);
  const auto use = ring.take(1, kNoneTried, 1, 10);
  ASSERT_TRUE(use);
  EXPECT_EQ(ring.key(use->key).name, "a");
  EXPECT_FALSE(ring.take(1, 1, 1, 10)) << "one that it was refused by is enough for a call";
  EXPECT_FALSE(ring.answered(*use, 200, std::nullopt, 20));
  EXPECT_EQ(drawn(ring, 10, 20)["a"], 10) << "it is well again";
}

TEST(KeyRing, AKeyThatAskedTooOftenIsNotAskedInPlaceOfARefusedOne) {
  KeyRing ring({key("a"), key("b")});
  ring.answered({0}, 401, std::nullopt, 0);
  ring.answered({1}, 429, 3'000, 0);
  EXPECT_FALSE(ring.take(1, kNoneTried, 1, 1));
  EXPECT_EQ(ring.wait_us(1, 0), 3 * kSecondUs);
}

TEST(KeyRing, LimitsSpillOverToTheOtherKeys) {
  KeyRing ring({key("a", 1, {.requests_per_minute = 2}), key("b", 0)});
  auto counts = drawn(ring, 5, 0);
  EXPECT_EQ(counts["a"], 2);
  EXPECT_EQ(counts["b"], 3);
  counts = drawn(ring, 1, kMinuteUs + kSecondUs);
  EXPECT_EQ(counts["a"], 1) << "a minute later it has room again";
}

TEST(KeyRing, TokensCountByEstimateAndAreCorrected) {
  KeyRing ring({key("a", 1, {.tokens_per_minute = 100})});
  auto use = ring.take(90, kNoneTried, 1, 0);
  ASSERT_TRUE(use);
  EXPECT_FALSE(ring.take(20, kNoneTried, 1, 0));
  ring.correct(*use, 40);
  EXPECT_TRUE(ring.take(60, kNoneTried, 1, 0));
  EXPECT_EQ(ring.wait_us(101, 0), std::nullopt) << "larger than the limit: never";
}

// Random schedules against a plain model: no key is used while it rests (unless all were refused),
// none beyond its limit in any minute, and no call is refused while a key could take it.
TEST(KeyRing, RandomSchedules) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SplitMix64 random(seed);
    const size_t keys = 1 + random() % 4;
    std::vector<ProviderKey> configs;
    std::vector<int64_t> limits;
    for (size_t i = 0; i < keys; ++i) {
      limits.push_back(static_cast<int64_t>(1 + random() % 20));
      configs.push_back(
          key("", static_cast<int64_t>(random() % 3), {.requests_per_minute = limits.back()}));
    }
    KeyRing ring(configs);
    std::vector<std::deque<SteadyUs>> used(keys);
    std::vector<SteadyUs> rests(keys, 0);
    SteadyUs now_us = 0;
    for (int step = 0; step < 2'000; ++step) {
      now_us += static_cast<int64_t>(random() % (2 * kSecondUs));
      const auto use = ring.take(1, kNoneTried, random(), now_us);
      size_t resting = 0;
      for (size_t i = 0; i < keys; ++i) resting += rests[i] > now_us ? 1 : 0;
      if (!use) {
        for (size_t i = 0; i < keys; ++i) {
          std::erase_if(used[i], [&](SteadyUs at) { return at + kMinuteUs + kSecondUs < now_us; });
          // How long a refusal rests is not modelled: every other seed has none.
          ASSERT_TRUE(seed % 2 == 1 || rests[i] > now_us ||
                      static_cast<int64_t>(used[i].size()) >= limits[i])
              << "seed " << seed << ": key " << i << " could have been used";
        }
        ASSERT_GT(ring.wait_us(1, now_us).value_or(-1), -1);
        continue;
      }
      ASSERT_TRUE(seed % 2 == 1 || rests[use->key] <= now_us || resting == keys) << "seed " << seed;
      used[use->key].push_back(now_us);
      const auto in_minute = std::count_if(used[use->key].begin(), used[use->key].end(),
                                           [&](SteadyUs at) { return at + kMinuteUs > now_us; });
      ASSERT_LE(in_minute, limits[use->key]) << "seed " << seed;
      const uint64_t chance = random() % 20;
      if (chance > 1 || (chance == 1 && seed % 2 == 0)) {
        ring.answered(*use, 200, std::nullopt, now_us);
        if (rests[use->key] <= now_us || resting == keys) rests[use->key] = 0;
      } else if (chance == 0) {
        ring.answered(*use, 429, 5'000, now_us);
        rests[use->key] = std::max(rests[use->key], now_us + 5 * kSecondUs);
      } else {
        ring.answered(*use, 401, std::nullopt, now_us);
        // At least the first rest of a refusal.
        rests[use->key] = std::max(rests[use->key], now_us + 10 * kSecondUs);
      }
    }
  }
}

}  // namespace
}  // namespace tandem::gateway
