#include "gateway/queue/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tandem::gateway {
namespace {

using Decision = FairQueue::Decision;
using Ticket = FairQueue::Ticket;
using testing::ElementsAre;
using testing::IsEmpty;

FairQueue queue_of(int64_t capacity, int64_t max_waiting = 1'000'000, int64_t promote_us = 0) {
  return FairQueue({capacity, max_waiting, promote_us});
}

TEST(FairQueue, CallsGoUntilThereIsNoPlaceAndThenWait) {
  FairQueue queue = queue_of(2, 1);
  EXPECT_EQ(queue.arrive({}, 0).decision, Decision::Goes);
  EXPECT_EQ(queue.arrive({}, 0).decision, Decision::Goes);
  const auto waits = queue.arrive({}, 0);
  EXPECT_EQ(waits.decision, Decision::Waits);
  EXPECT_EQ(queue.arrive({}, 0).decision, Decision::Full);
  EXPECT_THAT(queue.release(0), ElementsAre(waits.ticket));
  EXPECT_EQ(queue.going(), 2) << "the place was handed on";
  EXPECT_EQ(queue.arrive({}, 0).decision, Decision::Waits) << "nobody steals it";
}

TEST(FairQueue, OneThatLeavesIsNotLetGo) {
  FairQueue queue = queue_of(1);
  queue.arrive({}, 0);
  const Ticket first = queue.arrive({}, 0).ticket;
  const Ticket second = queue.arrive({}, 0).ticket;
  EXPECT_TRUE(queue.leave(first));
  EXPECT_FALSE(queue.leave(first));
  EXPECT_THAT(queue.release(0), ElementsAre(second));
  EXPECT_FALSE(queue.leave(second)) << "it holds a place";
  EXPECT_THAT(queue.release(0), IsEmpty());
  EXPECT_EQ(queue.going(), 0);
}

TEST(FairQueue, CapacityMayChange) {
  FairQueue queue = queue_of(1);
  queue.arrive({}, 0);
  const Ticket a = queue.arrive({}, 0).ticket;
  const Ticket b = queue.arrive({}, 0).ticket;
  EXPECT_THAT(queue.set_limits({3, 10, 0}, 0), ElementsAre(a, b));
  EXPECT_THAT(queue.set_limits({1, 10, 0}, 0), IsEmpty());
  const Ticket c = queue.arrive({}, 0).ticket;
  EXPECT_THAT(queue.release(0), IsEmpty());
  EXPECT_THAT(queue.release(0), IsEmpty()) << "one still goes, one may";
  EXPECT_THAT(queue.release(0), ElementsAre(c));
}

TEST(FairQueue, ClassesAreStrict) {
  FairQueue queue = queue_of(1);
  queue.arrive({}, 0);
  const Ticket low = queue.arrive({Priority::Low, "a"}, 0).ticket;
  const Ticket normal = queue.arrive({Priority::Normal, "a"}, 0).ticket;
  const Ticket high = queue.arrive({Priority::High, "a"}, 0).ticket;
  EXPECT_THAT(queue.release(1), ElementsAre(high));
  EXPECT_THAT(queue.release(2), ElementsAre(normal));
  EXPECT_THAT(queue.release(3), ElementsAre(low));
}

TEST(FairQueue, OneOfEightGoesToALowerClassThatHasWaitedLong) {
  FairQueue queue = queue_of(1, 1'000'000, 5'000'000);
  queue.arrive({}, 0);
  const Ticket low = queue.arrive({Priority::Low, "a"}, 0).ticket;
  for (int i = 0; i < 40; ++i) queue.arrive({Priority::High, "a"}, 0);
  for (int i = 0; i < 20; ++i) {
    ASSERT_NE(queue.release(4'999'999)[0], low) << "it has not waited long enough";
  }
  EXPECT_THAT(queue.release(5'000'000), ElementsAre(low));
  const Ticket next = queue.arrive({Priority::Low, "a"}, 5'000'000).ticket;
  for (int i = 0; i < 7; ++i) ASSERT_NE(queue.release(20'000'000)[0], next) << i;
  EXPECT_THAT(queue.release(20'000'000), ElementsAre(next));
}

// Start tags by hand. `a` has weight 2 and calls of 100 tokens, `b` weight 1 and calls of 100: a
// call of `a` moves its tenant by 50, one of `b` by 100.
TEST(FairQueue, StartTagsOfTwoTenants) {
  FairQueue queue = queue_of(1);
  queue.arrive({Priority::Normal, "z", 1, 100}, 0);
  std::map<Ticket, std::string> names;
  const auto waits = [&](std::string name, std::string_view tenant, int64_t weight) {
    names[queue.arrive({Priority::Normal, tenant, weight, 100}, 0).ticket] = name;
  };
  waits("b1", "b", 1);  // starts 0, then 100, 200
  waits("b2", "b", 1);
  waits("b3", "b", 1);
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) waits(name, "a", 2);  // 0, 50, 100 …
  std::vector<std::string> order;
  for (int i = 0; i < 8; ++i) order.push_back(names[queue.release(0)[0]]);
  EXPECT_THAT(order, ElementsAre("b1", "a1", "a2", "b2", "a3", "a4", "b3", "a5"));
}

TEST(FairQueue, OneThatLeftIsNotCharged) {
  FairQueue queue = queue_of(1);
  queue.arrive({Priority::Normal, "z", 1, 100}, 0);
  const Ticket giant = queue.arrive({Priority::Normal, "a", 1, 1'000'000}, 0).ticket;
  const Ticket small = queue.arrive({Priority::Normal, "a", 1, 100}, 0).ticket;
  const Ticket other = queue.arrive({Priority::Normal, "b", 1, 100}, 0).ticket;
  queue.leave(giant);
  EXPECT_THAT(queue.release(0), ElementsAre(small)) << "starts where the giant would have";
  EXPECT_THAT(queue.release(0), ElementsAre(other));
}

TEST(FairQueue, ATenantThatWasAwayEarnsNothing) {
  FairQueue queue = queue_of(1);
  queue.arrive({Priority::Normal, "a", 1, 100}, 0);
  for (int i = 0; i < 100; ++i) queue.arrive({Priority::Normal, "a", 1, 100}, 0);
  for (int i = 0; i < 50; ++i) queue.release(0);
  for (int i = 0; i < 50; ++i) queue.arrive({Priority::Normal, "b", 1, 100}, 0);
  // The 50 calls that `a` had alone do not count against it: from now on they take turns.
  int of_a = 0;
  for (int i = 0; i < 20; ++i) of_a += queue.release(0)[0] <= 100 ? 1 : 0;
  EXPECT_NEAR(of_a, 10, 1);
}

TEST(FairQueue, AFullQueueMakesRoomForAHigherClass) {
  FairQueue queue = queue_of(1, 2);
  queue.arrive({}, 0);
  queue.arrive({Priority::Low, "a"}, 0);
  const Ticket newest = queue.arrive({Priority::Low, "a"}, 0).ticket;
  const auto live = queue.arrive({Priority::Normal, "b"}, 0);
  EXPECT_EQ(live.decision, Decision::Waits);
  EXPECT_EQ(live.displaced, newest);
  EXPECT_EQ(queue.waiting(), 2);
  EXPECT_EQ(queue.arrive({Priority::Low, "c"}, 0).decision, Decision::Full);
}

TEST(FairQueue, AFloodOfOneTenantLeavesRoomForOthers) {
  FairQueue queue = queue_of(1, 10);
  queue.arrive({}, 0);
  Ticket last = 0;
  for (int i = 0; i < 10; ++i) last = queue.arrive({Priority::Normal, "flood"}, 0).ticket;
  EXPECT_EQ(queue.arrive({Priority::Normal, "flood"}, 0).decision, Decision::Full);
  const auto other = queue.arrive({Priority::Normal, "other"}, 0);
  EXPECT_EQ(other.decision, Decision::Waits);
  EXPECT_EQ(other.displaced, last) << "the newest of the flood";
  for (int i = 0; i < 3; ++i) queue.arrive({Priority::Normal, "other"}, 0);
  EXPECT_EQ(queue.waiting(), 10);
  // Six to four now; a sixth call of `other` would make its crowd the larger one.
  EXPECT_EQ(queue.arrive({Priority::Normal, "other"}, 0).decision, Decision::Waits);
  EXPECT_EQ(queue.arrive({Priority::Normal, "other"}, 0).decision, Decision::Full);
  // With weight 4 it may have four times as many.
  EXPECT_EQ(queue.arrive({Priority::Normal, "other", 4}, 0).decision, Decision::Waits);
}

TEST(FairQueue, WithoutARoomNobodyWaits) {
  FairQueue queue = queue_of(1, 0);
  queue.arrive({}, 0);
  EXPECT_EQ(queue.arrive({Priority::High, "a"}, 0).decision, Decision::Full);
}

}  // namespace
}  // namespace tandem::gateway
