// The governed path of an endpoint with a queue, with everything around it played.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

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
  QueuedCallTest() { publish_queued(); }
  void publish_queued() {
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

// Another endpoint has all the calls that the target takes: the place alone is not enough.
TEST_F(QueuedCallTest, ATargetThatIsFullAllTheSameIsWaitedFor) {
  config_.concurrency.max = 1;
  publish_queued();
  const TargetRules rules{config_.breaker, config_.concurrency};
  ASSERT_TRUE(first_->health().begin(rules, 0, steady_now_us()));
  auto answer = std::async(std::launch::async, [this] { return call("question"); });
  while (queue_->waiting() == 0) std::this_thread::yield();
  first_->health().end(Outcome::Success, 1, rules, steady_now_us());
  EXPECT_EQ(answer.get().status, 200);
}

TEST_F(QueuedCallTest, ButNotForEver) {
  config_.concurrency.max = 1;
  publish_queued();
  QueueConfig config = config_.queue;
  config.max_wait_ms = 1;
  config_.queue = config;
  const TargetRules rules{config_.breaker, config_.concurrency};
  ASSERT_TRUE(first_->health().begin(rules, 0, steady_now_us()));
  auto endpoint = std::make_shared<Endpoint>(*catalogs_.get()->find(ProjectId("shop"), "chat"));
  endpoint->config = config_;
  auto catalog = std::make_shared<Catalog>();
  catalog->add(std::move(endpoint));
  catalogs_.publish(std::move(catalog));
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("overloaded"));
  EXPECT_EQ(queue_->going(), 0);
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
