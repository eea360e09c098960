#include "loadgen/stream_meter.h"

#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

constexpr uint64_t kMs = 1'000'000;

TEST(StreamMeter, MeasuresFirstTextGapsAndStalls) {
  StreamStats stats;
  StreamMeter meter(50 * kMs);
  meter.begin(100 * kMs);
  meter.feed("data: {\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}\n\n", 101 * kMs, stats);
  meter.feed("data: {\"delta\":{\"content\": \"He", 103 * kMs, stats);
  meter.feed("llo\"}}\r\n\r\n: ping\n\n", 104 * kMs, stats);
  meter.feed("data: {\"delta\":{\"content\":\"!\"}}\n\n", 164 * kMs, stats);
  meter.feed("data: [DONE]\n\n", 164 * kMs, stats);
  EXPECT_TRUE(meter.end(stats));
  EXPECT_EQ(stats.events, 3U);
  EXPECT_NEAR(static_cast<double>(stats.first_event.quantile(1)), 1.0 * kMs, 1000);
  EXPECT_NEAR(static_cast<double>(stats.first_text.quantile(1)), 4.0 * kMs, 4000);
  EXPECT_EQ(stats.gaps.count(), 2U);
  EXPECT_EQ(stats.stalls, 1U);
  EXPECT_EQ(stats.streams_with_stalls, 1U);
  EXPECT_EQ(stats.completed, 1U);
}

TEST(StreamMeter, AStreamWithoutDoneOrWithAnErrorIsBroken) {
  StreamStats stats;
  StreamMeter meter(50 * kMs);
  meter.begin(kMs);
  meter.feed("data: {\"x\":1}\n\n", 2 * kMs, stats);
  EXPECT_FALSE(meter.end(stats));
  meter.begin(kMs);
  meter.feed("data: {\"error\":{\"message\":\"cut\"}}\n\ndata: [DONE]\n\n", 2 * kMs, stats);
  EXPECT_FALSE(meter.end(stats));
  EXPECT_EQ(stats.broken, 2U);
}

TEST(StreamMeter, KnowsAnthropicsEvents) {
  StreamStats stats;
  StreamMeter meter(50 * kMs);
  meter.begin(kMs);
  meter.feed(
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":"
      "{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
      2 * kMs, stats);
  EXPECT_FALSE(meter.end(stats));
  meter.begin(kMs);
  meter.feed("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", 2 * kMs, stats);
  EXPECT_TRUE(meter.end(stats));
  EXPECT_EQ(stats.first_text.count(), 1U);
}

}  // namespace
}  // namespace tandem::bench
