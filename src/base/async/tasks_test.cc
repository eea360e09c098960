// Event, Scope, Pool, DeadlineWatch: what tasks wait with, on one io_context.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/async/deadlines.h"
#include "base/async/event.h"
#include "base/async/pool.h"
#include "base/async/scope.h"

namespace tandem {
namespace {

using testing::ElementsAre;

class TasksTest : public testing::Test {
 protected:
  IoContext io_{1};
  Scope scope_{io_};
  std::vector<std::string> log_;

  Task<void> wait_for(Event& event, std::string name) {
    co_await event.wait();
    log_.push_back(std::move(name));
  }
};

TEST_F(TasksTest, AnEventWakesItsWaiter) {
  Event event(io_);
  scope_.spawn(wait_for(event, "woken"));
  io_.poll();
  EXPECT_TRUE(log_.empty());
  EXPECT_EQ(scope_.running(), 1u);
  event.notify();
  EXPECT_TRUE(log_.empty());  // not inside notify()
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("woken"));
  EXPECT_EQ(scope_.running(), 0u);
}

TEST_F(TasksTest, ANotificationIsRememberedOnce) {
  Event event(io_);
  event.notify();
  event.notify();
  scope_.spawn(wait_for(event, "first"));
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("first"));
  scope_.spawn(wait_for(event, "second"));
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("first"));
  event.notify();
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("first", "second"));
}

TEST_F(TasksTest, NotifyNowWakesInsideTheCall) {
  Event event(io_);
  scope_.spawn(wait_for(event, "woken"));
  io_.poll();
  event.notify_now();
  EXPECT_THAT(log_, ElementsAre("woken"));
  event.notify_now();  // remembered, like notify()
  scope_.spawn(wait_for(event, "again"));
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("woken", "again"));
}

TEST_F(TasksTest, JoinReturnsWhenTheLastTaskHasEnded) {
  Event one(io_), two(io_);
  scope_.spawn(wait_for(one, "one"));
  scope_.spawn(wait_for(two, "two"));
  Scope outer(io_);
  outer.spawn([](Scope& scope, std::vector<std::string>& log) -> Task<void> {
    co_await scope.join();
    log.push_back("joined");
  }(scope_, log_));
  io_.poll();
  one.notify();
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("one"));
  two.notify();
  io_.restart();
  io_.poll();
  EXPECT_THAT(log_, ElementsAre("one", "two", "joined"));
}

TEST_F(TasksTest, JoinOfNothingReturnsAtOnce) {
  Scope outer(io_);
  outer.spawn(scope_.join());
  io_.poll();
  EXPECT_EQ(outer.running(), 0u);
}

TEST_F(TasksTest, APoolRunsElsewhereAndResumesHere) {
  Pool pool("workers", 1, 4);
  EXPECT_EQ(pool.name(), "workers");
  std::thread::id worker, resumed;
  std::optional<Result<int>> answer;
  const auto task = [&]() -> Task<void> {
    auto job = [&]() -> Result<int> {
      worker = std::this_thread::get_id();
      return 42;
    };
    answer.emplace(co_await pool.run(job));
    resumed = std::this_thread::get_id();
  };
  scope_.spawn(task());
  // The task is pending inside the pool, which io_context does not count as work.
  auto work = boost::asio::make_work_guard(io_);
  while (scope_.running() > 0) io_.run_one();
  EXPECT_EQ(**answer, 42);
  EXPECT_EQ(resumed, std::this_thread::get_id());
  EXPECT_NE(worker, resumed);
}

TEST_F(TasksTest, AFullPoolRefusesAtOnce) {
  std::promise<void> started, go_on;
  std::vector<int> order;
  Pool pool("workers", 1, 1);  // goes first: its last job uses what stands above
  ASSERT_TRUE(pool.try_submit([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.try_submit([&] { order.push_back(1); }));
  EXPECT_EQ(pool.queued(), 1u);
  EXPECT_FALSE(pool.try_submit([&] { order.push_back(2); }));
  std::optional<Result<int>> answer;
  const auto task = [&]() -> Task<void> {
    auto job = []() -> Result<int> { return 1; };
    answer.emplace(co_await pool.run(job));
  };
  scope_.spawn(task());
  auto work = boost::asio::make_work_guard(io_);
  while (scope_.running() > 0) io_.run_one();
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, Code::Overloaded);
  EXPECT_THAT(answer->error().message, testing::HasSubstr("workers"));
  go_on.set_value();
}

TEST(Pool, RunsWhatIsQueuedBeforeItGoes) {
  std::vector<int> order;
  {
    Pool pool("workers", 1, 100);
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(pool.try_submit([&order, i] { order.push_back(i); }));
    }
  }
  ASSERT_EQ(order.size(), 50u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(TasksTest, ADeadlineFiresOnceAndNeverEarly) {
  Deadlines deadlines(io_);
  int fired = 0;
  const SteadyUs due_us = steady_now_us() + 5'000;
  SteadyUs fired_us = 0;
  DeadlineWatch watch(deadlines, Deadline{due_us}, [&] {
    ++fired;
    fired_us = steady_now_us();
  });
  EXPECT_EQ(deadlines.watched(), 1u);
  io_.run();  // the wheel stops when nothing is watched
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(watch.fired());
  EXPECT_GE(fired_us, due_us);
  EXPECT_EQ(deadlines.watched(), 0u);
}

TEST_F(TasksTest, AMovedDeadlineFiresAtItsNewTime) {
  Deadlines deadlines(io_);
  std::vector<std::string> order;
  const SteadyUs now_us = steady_now_us();
  DeadlineWatch later(deadlines, Deadline{now_us + 1'000}, [&] { order.push_back("later"); });
  DeadlineWatch sooner(deadlines, Deadline{now_us + 60'000'000},
                       [&] { order.push_back("sooner"); });
  later.move_to(Deadline{now_us + 60'000});
  sooner.move_to(Deadline{now_us + 1'000});
  io_.run();
  EXPECT_THAT(order, ElementsAre("sooner", "later"));
}

TEST_F(TasksTest, AWatchThatIsGoneOrRestsDoesNotFire) {
  Deadlines deadlines(io_);
  int fired = 0;
  const Deadline soon{steady_now_us() + 1'000};
  {
    DeadlineWatch gone(deadlines, soon, [&] { ++fired; });
  }
  DeadlineWatch resting(deadlines, soon, [&] { ++fired; });
  resting.move_to(Deadline{});
  DeadlineWatch never(deadlines, Deadline{}, [&] { ++fired; });
  EXPECT_EQ(deadlines.watched(), 0u);
  io_.run();
  EXPECT_EQ(fired, 0);
}

TEST_F(TasksTest, AWatchMayMoveItselfAndRemoveOthersWhenItFires) {
  Deadlines deadlines(io_);
  const Deadline soon{steady_now_us() + 1'000};
  int fired = 0, other_fired = 0;
  auto other = std::make_unique<DeadlineWatch>(deadlines, soon, [&] { ++other_fired; });
  DeadlineWatch* self = nullptr;
  DeadlineWatch watch(deadlines, soon, [&] {
    other.reset();
    if (++fired < 3) self->move_to(Deadline{steady_now_us()});
  });
  self = &watch;
  io_.run();
  EXPECT_EQ(fired, 3);
  EXPECT_LE(other_fired, 1);  // it may have been first in the slot
}

// The wheel has 512 slots of 16 ms: farther deadlines go round.
TEST_F(TasksTest, ManyWatchesCostNoTimersAndLeaveNothing) {
  Deadlines deadlines(io_);
  std::vector<std::unique_ptr<DeadlineWatch>> watches;
  const SteadyUs now_us = steady_now_us();
  int fired = 0;
  for (int i = 0; i < 2'000; ++i) {
    const int64_t in_us = i % 2 == 0 ? 20'000 : 3'600'000'000;
    watches.push_back(
        std::make_unique<DeadlineWatch>(deadlines, Deadline{now_us + in_us}, [&] { ++fired; }));
  }
  while (fired < 1'000) io_.run_one();
  EXPECT_EQ(deadlines.watched(), 1'000u);
  watches.clear();
  EXPECT_EQ(deadlines.watched(), 0u);
  io_.run();
  EXPECT_EQ(fired, 1'000);
}

}  // namespace
}  // namespace tandem
