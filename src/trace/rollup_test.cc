#include "trace/rollup.h"

#include <gtest/gtest.h>

namespace tandem::trace {
namespace {

SpanId id(uint8_t number) {
  SpanId span;
  span.bytes[7] = number;
  return span;
}

SpanHead head(uint8_t number, uint8_t parent, SpanKind kind = SpanKind::Span) {
  SpanHead made;
  made.span_id = id(number);
  made.parent_span_id = id(parent);
  made.kind = kind;
  made.start_us = 1000 + number;
  made.duration_us = 10;
  return made;
}

SpanHead with_usage(SpanHead made, int64_t input, int64_t output) {
  made.usage = TokenUsage{input, 0, 0, output, 0};
  made.cost_nano_usd = input + output;
  return made;
}

TEST(Rollup, AnAgentThatRepeatsItsChildrenIsNotCounted) {
  const std::vector<SpanHead> heads{
      with_usage(head(1, 0, SpanKind::Agent), 30, 12), with_usage(head(2, 1, SpanKind::Llm), 10, 5),
      head(3, 1, SpanKind::Tool), with_usage(head(4, 3, SpanKind::Llm), 20, 7)};
  EXPECT_EQ(count_spans(heads).usage, (std::vector<bool>{false, true, false, true}));
  const Totals totals = total(heads);
  EXPECT_EQ(totals.usage.input_tokens, 30);
  EXPECT_EQ(totals.usage.output_tokens, 12);
  EXPECT_EQ(totals.cost_nano_usd, 42);
}

TEST(Rollup, AnAgentAloneStandsInForUsageThatNobodyBelowReports) {
  const std::vector<SpanHead> heads{with_usage(head(1, 0, SpanKind::Agent), 30, 12),
                                    head(2, 1, SpanKind::Llm), head(3, 2, SpanKind::Tool)};
  EXPECT_EQ(count_spans(heads).usage, (std::vector<bool>{true, false, false}));
  EXPECT_EQ(total(heads).usage.input_tokens, 30);
}

TEST(Rollup, ZeroUsageBelowIsNoUsage) {
  const std::vector<SpanHead> heads{with_usage(head(1, 0, SpanKind::Chain), 30, 12),
                                    with_usage(head(2, 1, SpanKind::Llm), 0, 0)};
  EXPECT_EQ(total(heads).usage.input_tokens, 30);
}

TEST(Rollup, ModelSpansBelowModelSpansCountUnlessTheyAreRepeated) {
  // An embedding (semantic cache) below a chat call: both were consumed.
  const std::vector<SpanHead> both{with_usage(head(1, 0, SpanKind::Llm), 100, 50),
                                   with_usage(head(2, 1, SpanKind::Embedding), 9, 0)};
  EXPECT_EQ(total(both).usage.input_tokens, 109);
  // A client's span around the gateway's span of the same call: consumed once.
  const std::vector<SpanHead> nested{with_usage(head(1, 0, SpanKind::Llm), 100, 50),
                                     head(2, 1, SpanKind::Span),
                                     with_usage(head(3, 2, SpanKind::Llm), 100, 50)};
  EXPECT_EQ(count_spans(nested).usage, (std::vector<bool>{false, false, true}));
  EXPECT_EQ(total(nested).cost_nano_usd, 150);
  // Two attempts below one call, and a call that repeats the sum of both.
  const std::vector<SpanHead> attempts{with_usage(head(1, 0, SpanKind::Llm), 100, 50),
                                       with_usage(head(2, 1, SpanKind::Llm), 60, 20),
                                       with_usage(head(3, 1, SpanKind::Llm), 40, 30)};
  EXPECT_EQ(total(attempts).usage.input_tokens, 100);
  // Different numbers are different consumption.
  const std::vector<SpanHead> different{with_usage(head(1, 0, SpanKind::Llm), 100, 50),
                                        with_usage(head(2, 1, SpanKind::Llm), 60, 20)};
  EXPECT_EQ(total(different).usage.input_tokens, 160);
}

TEST(Rollup, CostWithoutUsageCountsOnceFromBelow) {
  std::vector<SpanHead> heads{head(1, 0, SpanKind::Chain), head(2, 1, SpanKind::Tool)};
  heads[0].cost_nano_usd = 70;
  heads[1].cost_nano_usd = 70;
  EXPECT_EQ(total(heads).cost_nano_usd, 70);
  heads[1].cost_nano_usd.reset();
  EXPECT_EQ(total(heads).cost_nano_usd, 70);
}

TEST(Rollup, OrderOfArrivalDoesNotMatter) {
  std::vector<SpanHead> heads{with_usage(head(4, 3, SpanKind::Llm), 20, 7), head(3, 1),
                              with_usage(head(1, 0, SpanKind::Agent), 20, 7)};
  EXPECT_EQ(total(heads).usage.input_tokens, 20);
  EXPECT_EQ(display_order(heads), (std::vector<size_t>{2, 1, 0}));
}

TEST(Rollup, SpansTimesAndStatusOfATrace) {
  std::vector<SpanHead> heads{head(2, 1), head(3, 1)};
  heads[0].start_us = 5'000;
  heads[0].duration_us = 100;
  heads[1].start_us = 5'050;
  heads[1].duration_us = 500;
  heads[1].status = Status::Error;
  Totals totals = total(heads);
  EXPECT_FALSE(totals.complete);
  EXPECT_EQ(totals.status, Status::Error);
  EXPECT_EQ(totals.start_us, 5'000);
  EXPECT_EQ(totals.duration_us, 550);
  EXPECT_EQ(totals.error_count, 1);

  SpanHead root = head(1, 0);
  root.start_us = 5'020;  // a clock that is behind: the root is still shown first
  root.status = Status::Ok;
  heads.push_back(root);
  totals = total(heads);
  EXPECT_TRUE(totals.complete);
  EXPECT_EQ(totals.status, Status::Ok);
  EXPECT_EQ(totals.error_count, 1);
  EXPECT_EQ(display_order(heads), (std::vector<size_t>{2, 0, 1}));
}

TEST(Rollup, SurvivesCyclesSelfParentsAndHugeNumbers) {
  std::vector<SpanHead> heads{with_usage(head(1, 2, SpanKind::Llm), INT64_MAX, 1),
                              with_usage(head(2, 1, SpanKind::Llm), INT64_MAX, 1),
                              with_usage(head(3, 3, SpanKind::Agent), 1, 1)};
  heads[0].duration_us = INT64_MAX;
  const Totals totals = total(heads);
  EXPECT_EQ(totals.usage.input_tokens, INT64_MAX);
  EXPECT_FALSE(totals.complete);
}

TEST(Rollup, LargeTreesUseTheMap) {
  std::vector<SpanHead> heads;
  SpanHead root = head(1, 0, SpanKind::Agent);
  heads.push_back(with_usage(root, 100, 100));
  for (int i = 2; i <= 101; ++i) heads.push_back(with_usage(head(i, 1, SpanKind::Llm), 1, 1));
  EXPECT_EQ(total(heads).usage.input_tokens, 100);
  EXPECT_FALSE(count_spans(heads).usage[0]);
}

}  // namespace
}  // namespace tandem::trace
