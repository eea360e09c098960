#include "base/async/snapshot.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tandem {
namespace {

TEST(Snapshot, GivesWhatWasPublishedLast) {
  Snapshot<int> numbers(std::make_shared<int>(1));
  EXPECT_EQ(*numbers.get(), 1);
  numbers.publish(std::make_shared<int>(2));
  EXPECT_EQ(*numbers.get(), 2);
  EXPECT_EQ(Snapshot<int>().get(), nullptr);
}

TEST(Snapshot, AReaderKeepsTheValueThatItHolds) {
  Snapshot<int> numbers(std::make_shared<int>(1));
  const auto held = numbers.get();
  numbers.publish(std::make_shared<int>(2));
  EXPECT_EQ(*held, 1);
}

TEST(Snapshot, AnOldValueDiesWhenNobodyHoldsIt) {
  auto first = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = first;
  Snapshot<int> numbers(std::move(first));
  EXPECT_EQ(*numbers.get(), 1);
  numbers.publish(std::make_shared<int>(2));
  EXPECT_EQ(*numbers.get(), 2);
  EXPECT_TRUE(watched.expired());
}

// Each reader sees the numbers grow, and at the end the last one; under tsan also: no race.
TEST(Snapshot, ReadersOnManyThreadsSeeThemInOrder) {
  constexpr int kLast = 2'000;
  Snapshot<int> numbers(std::make_shared<int>(0));
  std::vector<std::thread> readers;
  std::atomic<int> disorders{0};
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int seen = 0; seen < kLast;) {
        const int now = *numbers.get();
        if (now < seen) ++disorders;
        seen = now;
      }
    });
  }
  for (int i = 1; i <= kLast; ++i) numbers.publish(std::make_shared<int>(i));
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(disorders, 0);
}

// More threads than have a place of their own take the lock instead.
TEST(Snapshot, WorksBeyondTheThreadsThatHaveAPlace) {
  Snapshot<int> numbers(std::make_shared<int>(7));
  for (int i = 0; i < 80; ++i) {
    std::thread([&] { EXPECT_EQ(*numbers.get(), 7); }).join();
  }
}

}  // namespace
}  // namespace tandem
