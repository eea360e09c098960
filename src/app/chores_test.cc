#include "app/chores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace tandem::app {
namespace {

using testing::ElementsAre;

struct Log {
  std::vector<std::string> ran;
  Chore chore(std::string name, int64_t every_ms, bool at_end = false) {
    auto note = [this, name]() -> Result<void> {
      ran.push_back(name);
      return {};
    };
    return {name, every_ms, note, at_end};
  }
};

TEST(Chores, RunEachInItsOwnTime) {
  Log log;
  Chores chores;
  chores.add(log.chore("often", 500));
  chores.add(log.chore("seldom", 1200));
  const SteadyUs begin = 1'000'000;
  EXPECT_EQ(chores.run_due(begin), begin + 500'000);
  EXPECT_THAT(log.ran, ElementsAre());
  EXPECT_EQ(chores.run_due(begin + 499'999), begin + 500'000);
  EXPECT_THAT(log.ran, ElementsAre());
  EXPECT_EQ(chores.run_due(begin + 500'000), begin + 1'000'000);
  EXPECT_EQ(chores.run_due(begin + 1'000'000), begin + 1'200'000);
  EXPECT_EQ(chores.run_due(begin + 1'200'000), begin + 1'500'000);
  EXPECT_THAT(log.ran, ElementsAre("often", "often", "seldom"));
}

TEST(Chores, AtTheStartWhereWanted) {
  Log log;
  Chores chores;
  Chore first = log.chore("first", 500);
  first.at_start = true;
  chores.add(std::move(first));
  EXPECT_EQ(chores.run_due(1'000'000), 1'500'000);
  EXPECT_THAT(log.ran, ElementsAre("first"));
}

TEST(Chores, DoNotMakeUpForTimeThatWasMissed) {
  Log log;
  Chores chores;
  chores.add(log.chore("often", 500));
  chores.run_due(1'000'000);
  EXPECT_EQ(chores.run_due(61'000'000), 61'500'000);
  EXPECT_THAT(log.ran, ElementsAre("often"));
}

TEST(Chores, GoOnAfterAFailure) {
  int calls = 0;
  Chores chores;
  chores.add({"broken", 10, [&]() -> Result<void> {
                ++calls;
                return fail(Code::StorageFailed, "The disk is full.");
              }});
  chores.run_due(1'000'000);
  for (int i = 1; i <= 5; ++i) chores.run_due(1'000'000 + i * 10'000);
  EXPECT_EQ(calls, 5);
}

TEST(Chores, TheThreadRunsThem) {
  std::promise<void> ran;
  Chores chores;
  chores.add({"once", 1, [&, done = false]() mutable -> Result<void> {
                if (!std::exchange(done, true)) ran.set_value();
                return {};
              }});
  chores.start();
  ran.get_future().get();
}

TEST(Chores, OnceMoreAtTheEnd) {
  Log log;
  Chores chores;
  chores.add(log.chore("stored at the end", 3'600'000, true));
  chores.add(log.chore("not at the end", 3'600'000));
  chores.start();
  chores.stop();
  EXPECT_THAT(log.ran, ElementsAre("stored at the end"));
  chores.stop();
  EXPECT_THAT(log.ran, ElementsAre("stored at the end"));
}

}  // namespace
}  // namespace tandem::app
