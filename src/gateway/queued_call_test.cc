// The governed path of an endpoint with a queue, with everything around it played.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/queue/call_queue.h"
#include "gateway/testing/path_fixture.h"

namespace tandem::gateway {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PathTest;

class QueuedCallTest : public PathTest {
 protected:
  QueuedCallTest() {
    config_.queue.max_calls = 4;
    config_.queue.max_waiting = 4;
    config_.queue.max_wait_ms = 5'000;
    first_->steps = {says("usage")};
    auto endpoint = std::make_shared<Endpoint>();
    endpoint->name = "chat";
    endpoint->config = config_;
    endpoint->targets = {first_};
    endpoint->weights = {1};
    endpoint->queue = queue_ = std::make_shared<CallQueue>("chat", "chat", config_.queue, metrics_);
    auto catalog = std::make_shared<Catalog>();
    catalog->add(std::move(endpoint));
    catalogs_.publish(std::move(catalog));
  }
  // One call a minute, of which one went `ago_us` ago.
  void limit_the_key(int64_t ago_us) {
    identity::KeyLimits limits;
    limits.requests_per_minute = 1;
    rate_limits_.set(KeyId("key"), limits);
    ASSERT_TRUE(rate_limits_.admit(KeyId("key"), 1, steady_now_us() - ago_us));
  }

  std::shared_ptr<CallQueue> queue_;
};

TEST_F(QueuedCallTest, ACallThatNeedNotWaitSaysNothingOfIt) {
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header("x-tandem-queued-ms"), IsEmpty());
  EXPECT_EQ(queue_->going(), 0) << "its place is free again";
}

TEST_F(QueuedCallTest, ARateLimitIsWaitedForWhereItEndsInTime) {
  limit_the_key(59'000'000);
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_GE(std::atoi(answer.header("x-tandem-queued-ms").c_str()), 500);
  EXPECT_EQ(answer.header("x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(queue_->waiting(), 0);
}

TEST_F(QueuedCallTest, OneThatDoesNotIsRefusedAtOnce) {
  limit_the_key(10'000'000);
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 429);
  EXPECT_THAT(answer.body, HasSubstr("rate_limit_exceeded"));
  EXPECT_THAT(log_.all(), IsEmpty()) << "nobody was asked";
}

TEST_F(QueuedCallTest, WhereNobodyMayWaitTheRateLimitRefuses) {
  QueueConfig config = config_.queue;
  config.max_waiting = 0;
  queue_->configure(config);
  limit_the_key(59'000'000);
  EXPECT_EQ(call("question").status, 429);
}

TEST_F(QueuedCallTest, AFailedCallFreesItsPlace) {
  first_->steps = {fails(FailureKind::Rejected)};
  EXPECT_NE(call("question").status, 200);
  EXPECT_EQ(queue_->going(), 0);
}

TEST_F(QueuedCallTest, HighPriorityIsForTheProjectsOfTheList) {
  EXPECT_EQ(call("question", "x-tandem-priority: low\r\n").status, 200);
  EXPECT_EQ(call("question", "x-tandem-priority: high\r\n").status, 403);
  const Answer odd = call("question", "x-tandem-priority: urgent\r\n");
  EXPECT_EQ(odd.status, 400);
  EXPECT_THAT(odd.body, HasSubstr("x-tandem-priority"));
}

}  // namespace
}  // namespace tandem::gateway
