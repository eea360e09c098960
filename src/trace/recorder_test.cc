#include "trace/recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/testing/temp_folder.h"
#include "trace/queue.h"
#include "trace/sample_spans.h"

namespace tandem::trace {
namespace {

using testing::child_span;
using testing::root_span;

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() {
    traces_ = std::move(*TraceStore::open((folder_.path() / "traces.db").string()));
  }
  int64_t stored() {
    ListQuery query{Scope::of(ProjectId("default"))};
    query.count = Count::Yes;
    return *traces_->list_now(query)->total_spans;
  }
  store::testing::TempFolder folder_;
  std::unique_ptr<TraceStore> traces_;
};

TEST(BoundedQueue, KeepsOrderAndRefusesWhenFull) {
  BoundedQueue<int> queue(4);
  EXPECT_FALSE(queue.pop());
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(int(i)));
    EXPECT_FALSE(queue.push(9));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(queue.pop(), i);
    EXPECT_FALSE(queue.pop());
  }
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
  BoundedQueue<uint64_t> queue(64);
  constexpr uint64_t kEach = 20'000;
  std::vector<std::thread> producers;
  for (uint64_t producer = 0; producer < 3; ++producer) {
    producers.emplace_back([&queue, producer] {
      for (uint64_t i = 0; i < kEach; ++i) {
        while (!queue.push(producer << 32 | i)) std::this_thread::yield();
      }
    });
  }
  uint64_t next[3] = {0, 0, 0};
  for (uint64_t taken = 0; taken < 3 * kEach;) {
    const auto value = queue.pop();
    if (!value) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(*value & 0xffffffff, next[*value >> 32]++);
    ++taken;
  }
  for (std::thread& thread : producers) thread.join();
}

TEST_F(RecorderTest, WhatWasRecordedIsReadableAfterAFlush) {
  Recorder recorder(*traces_);
  EXPECT_TRUE(recorder.record(root_span(1)));
  EXPECT_TRUE(recorder.record(child_span(root_span(1), 2)));
  recorder.flush();
  EXPECT_EQ(stored(), 2);
  const RecorderStats stats = recorder.stats();
  EXPECT_EQ(stats.recorded, 2u);
  EXPECT_EQ(stats.written, 2u);
  EXPECT_EQ(stats.queued, 0u);
  EXPECT_EQ(stats.queued_bytes, 0u);
  recorder.flush();  // nothing to do
}

TEST_F(RecorderTest, ManyThreadsLoseNothing) {
  {
    Recorder recorder(*traces_);
    std::vector<std::thread> threads;
    for (uint32_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&recorder, thread] {
        for (uint32_t i = 1; i <= 500; ++i) {
          EXPECT_TRUE(recorder.record(root_span(thread * 1000 + i)));
          if (i % 200 == 0) recorder.flush();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }  // the destructor writes the rest
  EXPECT_EQ(stored(), 2000);
}

TEST_F(RecorderTest, AFullQueueDropsAndCountsInsteadOfWaiting) {
  RecorderOptions options;
  options.queue_spans = 8;
  options.batch_wait_ms = 3'600'000;  // the writer does not take anything by itself
  options.batch_spans = 1 << 20;
  Recorder recorder(*traces_, options);
  int taken = 0;
  for (uint32_t i = 1; i <= 20; ++i) taken += recorder.record(root_span(i)) ? 1 : 0;
  EXPECT_EQ(taken, 8);
  EXPECT_EQ(recorder.stats().dropped_full, 12u);
  recorder.flush();
  EXPECT_EQ(stored(), 8);
  EXPECT_TRUE(recorder.record(root_span(30)));
}

TEST_F(RecorderTest, TheQueueIsBoundedInBytesToo) {
  RecorderOptions options;
  options.queue_bytes = 20'000;
  options.batch_wait_ms = 3'600'000;
  Recorder recorder(*traces_, options);
  Span big = root_span(1);
  big.input.text.assign(15'000, 'x');
  EXPECT_TRUE(recorder.record(Span(big)));
  EXPECT_FALSE(recorder.record(Span(big)));
  EXPECT_EQ(recorder.stats().dropped_full, 1u);
  recorder.flush();
  // One span larger than all of the queue still passes when nothing else waits.
  big.input.text.assign(50'000, 'y');
  EXPECT_TRUE(recorder.record(std::move(big)));
}

TEST_F(RecorderTest, SpansWithoutIdsAreCountedAsOurBug) {
  Recorder recorder(*traces_);
  Span span = root_span(1);
  span.project = ProjectId();
  EXPECT_FALSE(recorder.record(std::move(span)));
  span = root_span(1);
  span.trace_id = TraceId{};
  EXPECT_FALSE(recorder.record(std::move(span)));
  EXPECT_EQ(recorder.stats().invalid, 2u);
}

// The promise to readers: 100 ms after record(), without anybody asking for a flush.
TEST_F(RecorderTest, ASpanBecomesReadableByItself) {
  Recorder recorder(*traces_);
  EXPECT_TRUE(recorder.record(root_span(1)));
  const SteadyUs start = steady_now_us();
  while (recorder.stats().written == 0 && steady_now_us() - start < 10'000'000) {
    std::this_thread::yield();
  }
  EXPECT_EQ(stored(), 1);
}

}  // namespace
}  // namespace tandem::trace
