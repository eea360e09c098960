// The shell on one or two io contexts, turned by hand.
#include "gateway/queue/call_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/event.h"
#include "base/async/scope.h"
#include "gateway/queue/call_queues.h"

namespace tandem::gateway {
namespace {

using testing::HasSubstr;

QueueConfig config_of(int64_t max_calls, int64_t max_waiting, int64_t max_wait_ms = 60'000) {
  QueueConfig config;
  config.max_calls = max_calls;
  config.max_waiting = max_waiting;
  config.max_wait_ms = max_wait_ms;
  return config;
}

class CallQueueTest : public testing::Test {
 protected:
  // A call that enters, notes that it goes and holds its place until it is ended.
  struct Call {
    explicit Call(IoThread& of) : thread(of), end(of.io()) {}
    IoThread& thread;
    CancelSource cancel;
    Event end;
    std::optional<Error> refused;
    bool goes = false;
    bool ended = false;
  };
  Task<void> play(Call& call, CallQueue::Request request, Deadline deadline) {
    auto place = co_await queue_->enter(request, call.thread, call.cancel, deadline);
    if (!place) {
      call.refused = place.error();
      co_return;
    }
    call.goes = true;
    co_await call.end.wait();
    call.ended = true;
  }
  Call& start(IoThread& thread, Scope& scope, CallQueue::Request request = {},
              Deadline deadline = {}) {
    calls_.push_back(std::make_unique<Call>(thread));
    scope.spawn(play(*calls_.back(), request, deadline));
    poll();
    return *calls_.back();
  }
  Call& start(CallQueue::Request request = {}) { return start(one_, scope_, request); }
  void end(Call& call) {
    call.end.notify();
    poll();
  }
  void poll() {
    for (int i = 0; i < 3; ++i) {
      for (IoThread* thread : {&one_, &two_}) {
        thread->io().restart();
        thread->io().poll();
      }
    }
  }
  void make(const QueueConfig& config) {
    queue_ = std::make_shared<CallQueue>("chat", "chat", config, metrics_);
  }
  ~CallQueueTest() override {
    for (auto& call : calls_) call->end.notify();
    poll();
    for (auto& call : calls_) call->cancel.fire();
    poll();
  }

  metrics::Metrics metrics_;
  std::shared_ptr<CallQueue> queue_;
  IoThread one_{0};
  IoThread two_{1};
  std::vector<std::unique_ptr<Call>> calls_;
  Scope scope_{one_.io()};
  Scope other_scope_{two_.io()};
};

TEST_F(CallQueueTest, APlaceIsHandedOnAlsoToAnotherThread) {
  make(config_of(1, 10));
  Call& first = start();
  Call& here = start();
  Call& there = start(two_, other_scope_);
  EXPECT_TRUE(first.goes);
  EXPECT_FALSE(here.goes);
  EXPECT_EQ(queue_->waiting(), 2);
  end(first);
  EXPECT_TRUE(here.goes);
  EXPECT_FALSE(there.goes);
  end(here);
  EXPECT_TRUE(there.goes);
  end(there);
  EXPECT_EQ(queue_->going(), 0);
  EXPECT_THAT(metrics_.render(), HasSubstr("tandem_queue_wait_seconds_count{endpoint=\"chat\"} 2"));
}

TEST_F(CallQueueTest, AClientThatLeavesMakesRoom) {
  make(config_of(1, 1));
  Call& first = start();
  Call& leaves = start();
  Call& refused = start();
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->code, Code::Overloaded);
  EXPECT_EQ(refused.refused->retry_after_s, 5) << "nothing has ended yet";
  leaves.cancel.fire();
  poll();
  EXPECT_EQ(leaves.refused->code, Code::Cancelled);
  Call& next = start();
  EXPECT_FALSE(next.refused);
  end(first);
  EXPECT_TRUE(next.goes);
}

TEST_F(CallQueueTest, OneThatIsLetGoAndLeavesAtOnceHandsItsPlaceOn) {
  make(config_of(1, 10));
  Call& first = start();
  Call& leaves = start();
  Call& next = start();
  first.end.notify();
  // The place is handed to `leaves` while its wake-up is still on its way; it leaves meanwhile.
  one_.io().restart();
  one_.io().run_one();
  leaves.cancel.fire();
  poll();
  EXPECT_TRUE(next.goes);
  EXPECT_EQ(queue_->going(), 1);
}

TEST_F(CallQueueTest, AWaitHasAnEnd) {
  make(config_of(1, 10, 1));
  start();
  Call& waits = start();
  const SteadyUs begun_us = steady_now_us();
  while (!waits.refused && steady_now_us() - begun_us < 5'000'000) {
    one_.io().restart();
    one_.io().run_one();
  }
  ASSERT_TRUE(waits.refused);
  EXPECT_EQ(waits.refused->code, Code::Overloaded);
  EXPECT_THAT(waits.refused->message, HasSubstr("no place"));
  EXPECT_EQ(queue_->waiting(), 0);
  EXPECT_THAT(metrics_.render(),
              HasSubstr("tandem_queue_refused_total{endpoint=\"chat\",reason=\"waited\"} 1"));
}

TEST_F(CallQueueTest, OneOfAHigherClassTakesThePlaceOfALowerOne) {
  make(config_of(1, 1));
  start();
  Call& batch = start({Priority::Low, "shop", "", 10});
  Call& live = start({Priority::Normal, "shop", "", 10});
  ASSERT_TRUE(batch.refused);
  EXPECT_EQ(batch.refused->code, Code::Overloaded);
  EXPECT_FALSE(live.refused);
}

TEST_F(CallQueueTest, TeamsThatAreNamedHaveTheirOwnShare) {
  QueueConfig config = config_of(1, 100);
  config.weights = {{"research", 3}};
  make(config);
  Call* going = &start();
  for (int i = 0; i < 12; ++i) start({Priority::Normal, "shop", "research", 100});
  for (int i = 0; i < 12; ++i) start({Priority::Normal, "shop", "other", 100});
  int of_team = 0;
  for (int i = 0; i < 8; ++i) {
    end(*going);
    for (size_t k = 1; k < calls_.size(); ++k) {
      if (!calls_[k]->goes || calls_[k]->ended) continue;
      going = calls_[k].get();
      of_team += k <= 12 ? 1 : 0;
    }
  }
  EXPECT_EQ(of_team, 6) << "three of four";
}

TEST_F(CallQueueTest, ConfigurationAndTargetsChangeWhileCallsWait) {
  make(config_of(1, 10));
  start();
  Call& second = start();
  Call& third = start();
  queue_->configure(config_of(3, 10));
  poll();
  EXPECT_TRUE(second.goes);
  EXPECT_TRUE(third.goes);
  queue_->set_target_capacity(1);
  Call& fourth = start();
  EXPECT_FALSE(fourth.goes) << "three go, the targets take one";
  queue_->set_target_capacity(4);
  poll();
  EXPECT_FALSE(fourth.goes) << "max_calls is three";
  end(second);
  EXPECT_TRUE(fourth.goes);
}

TEST(CallQueues, OneOfAnEndpointWhateverItsConfiguration) {
  metrics::Metrics metrics;
  CallQueues queues(metrics);
  const ProjectId shop("shop");
  EXPECT_EQ(queues.of(shop, "chat", {}), nullptr) << "off";
  const auto queue = queues.of(shop, "chat", config_of(1, 1));
  EXPECT_EQ(queues.of(shop, "chat", config_of(5, 5)), queue) << "calls wait in it";
  EXPECT_NE(queues.of(ProjectId("lab"), "chat", config_of(1, 1)), queue) << "another tenant";
  EXPECT_NE(queues.of(ProjectId(), "chat", config_of(1, 1)), queue);
}

}  // namespace
}  // namespace tandem::gateway
