#include "net/sse/decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem::net {
namespace {

std::vector<std::string> decode(std::string_view stream, size_t step) {
  SseDecoder decoder;
  std::vector<std::string> events;
  for (size_t at = 0; at < stream.size(); at += step) {
    const std::string chunk(stream.substr(at, step));  // its own memory, freed after the call
    EXPECT_TRUE(decoder.feed(chunk, [&](const SseEvent& event) -> Result<void> {
      events.push_back(std::string(event.event) + "|" + std::string(event.data) + "|" +
                       std::string(event.id));
      return {};
    }));
  }
  return events;
}

// The examples of WHATWG HTML section 9.2.6, and what chat providers send.
struct Case {
  std::string_view stream;
  std::vector<std::string> events;
};

const Case kCases[] = {
    {"data: YHOO\ndata: +2\ndata: 10\n\n", {"|YHOO\n+2\n10|"}},
    {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
     {"|first event|1", "|second event|", "| third event|"}},
    {"data\n\ndata\ndata\n\ndata:", {"||", "|\n|"}},
    {"data:test\n\ndata: test\n\n", {"|test|", "|test|"}},
    {"event: error\r\ndata: {\"a\":1}\r\n\r\ndata: [DONE]\r\n\r\n",
     {"error|{\"a\":1}|", "|[DONE]|"}},
    {"data: a\r\rdata: b\r\r", {"|a|", "|b|"}},
    {"\xEF\xBB\xBF"
     "data: bom\n\n",
     {"|bom|"}},
    {"retry: 10\n\nunknown: x\n\n", {}},
};

TEST(SseDecoder, EventsDoNotDependOnHowTheStreamIsCut) {
  for (const Case& c : kCases) {
    for (size_t step = 1; step <= c.stream.size(); ++step) {
      EXPECT_EQ(decode(c.stream, step), c.events) << c.stream << " cut every " << step;
    }
  }
}

TEST(SseDecoder, RefusesAnEventWithoutEnd) {
  SseDecoder decoder;
  const std::string block(1024 * 1024, 'x');
  Result<void> fed;
  for (int i = 0; i < 6 && fed; ++i) {
    fed = decoder.feed(block, [](const SseEvent&) -> Result<void> { return {}; });
  }
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::UpstreamError);
}

TEST(SseDecoder, KnowsThatAnEventIsOpen) {
  SseDecoder decoder;
  const auto ignore = [](const SseEvent&) -> Result<void> { return {}; };
  EXPECT_FALSE(decoder.inside_event());
  EXPECT_TRUE(decoder.feed("data: x\n", ignore));
  EXPECT_TRUE(decoder.inside_event());
  EXPECT_TRUE(decoder.feed("\n", ignore));
  EXPECT_FALSE(decoder.inside_event());
}

}  // namespace
}  // namespace tandem::net
