#include "engines/model_threads.h"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <latch>

#include "base/async/scope.h"
#include "base/context.h"

namespace tandem::engines {
namespace {

using ::testing::HasSubstr;

struct CountingJob : Job {
  void run() override { ++runs; }
  std::atomic<int> runs{0};
};

// Runs until it is stopped.
struct StuckJob : Job {
  void run() override {
    started.count_down();
    stopped.wait();
  }
  void stop() override {
    if (!once.exchange(true)) stopped.count_down();
  }
  std::latch started{1};
  std::latch stopped{1};
  std::atomic<bool> once{false};
};

Task<void> call(ModelThreads& threads, RequestContext& context, std::shared_ptr<Job> job,
                Result<void>& out) {
  out = co_await threads.run(context, std::move(job));
}

class ModelThreadsTest : public ::testing::Test {
 protected:
  void run_until(const std::function<bool()>& done) {
    while (!done()) io.run_one();
  }
  IoContext io;
  Scope scope{io};
  RequestContext context;
  const Result<void> pending = fail(Code::Internal, "pending");
  Result<void> result = pending;
  bool is_over(const Result<void>& value) const {
    return value.has_value() || value.error().message != "pending";
  }
};

TEST_F(ModelThreadsTest, RunsAJobAndResumesItsCaller) {
  ModelThreads threads("m", 1, 4);
  auto job = std::make_shared<CountingJob>();
  scope.spawn(call(threads, context, job, result));
  io.run();
  EXPECT_TRUE(result);
  EXPECT_EQ(job->runs, 1);
  EXPECT_EQ(threads.queued(), 0u);
}

TEST_F(ModelThreadsTest, ACancelledCallerGoesOnAndTheRunningJobIsStopped) {
  ModelThreads threads("m", 1, 4);
  auto job = std::make_shared<StuckJob>();
  scope.spawn(call(threads, context, job, result));
  io.poll();
  job->started.wait();
  context.cancel.fire();
  io.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Cancelled);
  EXPECT_TRUE(job->once);
}

TEST_F(ModelThreadsTest, AJobThatStillWaitsLeavesTheQueueWithItsCaller) {
  ModelThreads threads("m", 1, 4);
  auto stuck = std::make_shared<StuckJob>();
  auto second = std::make_shared<CountingJob>();
  RequestContext other;
  Result<void> second_result = pending;
  scope.spawn(call(threads, context, stuck, result));
  io.poll();
  stuck->started.wait();
  scope.spawn(call(threads, other, second, second_result));
  io.poll();
  EXPECT_EQ(threads.queued(), 1u);
  other.cancel.fire();
  run_until([&] { return is_over(second_result); });
  EXPECT_EQ(second_result.error().code, Code::Cancelled);
  EXPECT_EQ(threads.queued(), 0u);
  stuck->stop();
  io.run();
  EXPECT_TRUE(result);
  EXPECT_EQ(second->runs, 0);
}

TEST_F(ModelThreadsTest, ADeadlineThatComesWhileTheJobRuns) {
  ModelThreads threads("m", 1, 4);
  auto job = std::make_shared<StuckJob>();
  context.deadline = Deadline::after_ms(5, steady_now_us());
  scope.spawn(call(threads, context, job, result));
  io.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::DeadlineExceeded);
  EXPECT_GE(context.waited_us, 1000);
}

TEST_F(ModelThreadsTest, NothingStartsAfterTheDeadlineOrACancellation) {
  ModelThreads threads("m", 1, 4);
  auto job = std::make_shared<CountingJob>();
  context.deadline = {1};
  scope.spawn(call(threads, context, job, result));
  io.run();
  EXPECT_EQ(result.error().code, Code::DeadlineExceeded);
  io.restart();
  context.cancel.fire();
  scope.spawn(call(threads, context, job, result));
  io.run();
  EXPECT_EQ(result.error().code, Code::Cancelled);
  EXPECT_EQ(job->runs, 0);
}

TEST_F(ModelThreadsTest, AFullQueueIsAnErrorAtOnce) {
  ModelThreads threads("fraud", 1, 1);
  auto stuck = std::make_shared<StuckJob>();
  Result<void> waiting = pending;
  Result<void> refused = pending;
  scope.spawn(call(threads, context, stuck, result));
  io.poll();
  stuck->started.wait();
  scope.spawn(call(threads, context, std::make_shared<CountingJob>(), waiting));
  scope.spawn(call(threads, context, std::make_shared<CountingJob>(), refused));
  run_until([&] { return is_over(refused); });
  EXPECT_EQ(refused.error().code, Code::Overloaded);
  EXPECT_EQ(refused.error().retry_after_s, 1);
  EXPECT_THAT(refused.error().message, HasSubstr("\"fraud\""));
  stuck->stop();
  io.run();
  EXPECT_TRUE(waiting);
}

TEST_F(ModelThreadsTest, UnloadingStopsWhatRunsAndRefusesWhatWaits) {
  auto threads = std::make_unique<ModelThreads>("m", 1, 4);
  auto stuck = std::make_shared<StuckJob>();
  Result<void> waiting = pending;
  scope.spawn(call(*threads, context, stuck, result));
  io.poll();
  stuck->started.wait();
  scope.spawn(call(*threads, context, std::make_shared<CountingJob>(), waiting));
  io.poll();
  threads.reset();
  io.run();
  EXPECT_TRUE(result);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, Code::Unavailable);
}

TEST_F(ModelThreadsTest, ManyCallersOnSeveralThreads) {
  ModelThreads threads("m", 3, 1000);
  auto job = std::make_shared<CountingJob>();
  std::vector<Result<void>> results(500, pending);
  for (auto& each : results) scope.spawn(call(threads, context, job, each));
  io.run();
  for (const auto& each : results) EXPECT_TRUE(each);
  EXPECT_EQ(job->runs, 500);
}

}  // namespace
}  // namespace tandem::engines
