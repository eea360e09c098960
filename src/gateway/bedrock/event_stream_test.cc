// Frames are made here by the encoding's description and held to AWS's own test vectors for it.
#include "gateway/bedrock/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace tandem::gateway::bedrock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string number(uint32_t value, int width) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
  return out;
}

std::string crc(const std::string& bytes) {
  return number(static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                            static_cast<uInt>(bytes.size()))),
                4);
}

std::string text_header(const std::string& name, const std::string& value) {
  return number(static_cast<uint32_t>(name.size()), 1) + name + number(7, 1) +
         number(static_cast<uint32_t>(value.size()), 2) + value;
}

std::string framed(const std::string& headers, const std::string& payload) {
  std::string out = number(static_cast<uint32_t>(16 + headers.size() + payload.size()), 4) +
                    number(static_cast<uint32_t>(headers.size()), 4);
  out += crc(out);
  out += headers + payload;
  return out + crc(out);
}

std::string event(const std::string& type, const std::string& payload) {
  return framed(text_header(":event-type", type) + text_header(":message-type", "event"), payload);
}

struct Fed {
  std::vector<std::string> events;
  Result<void> result;
  bool inside = false;
};

Fed feed(const std::string& bytes, size_t piece) {
  EventStream stream;
  Fed fed;
  for (size_t at = 0; at < bytes.size() && fed.result; at += piece) {
    fed.result = stream.feed(std::string_view(bytes).substr(at, piece),
                             [&](std::string_view data) -> Result<void> {
                               fed.events.emplace_back(data);
                               return {};
                             });
  }
  fed.inside = stream.inside_event();
  return fed;
}

TEST(EventStream, EventsComeWithTheirTypeHoweverTheBytesAreCut) {
  const std::string bytes = event("messageStart", R"({"role":"assistant"})") +
                            event("contentBlockDelta", R"({"delta":{"text":"Hi"}})") +
                            event("messageStop", "");
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Fed fed = feed(bytes, piece);
    ASSERT_TRUE(fed.result) << piece;
    EXPECT_THAT(fed.events, ElementsAre(R"({"messageStart":{"role":"assistant"}})",
                                        R"({"contentBlockDelta":{"delta":{"text":"Hi"}}})",
                                        R"({"messageStop":{}})"));
    EXPECT_FALSE(fed.inside);
  }
}

// "empty_message" and "payload_no_headers" of AWS's vectors: no type, so they are no events.
TEST(EventStream, TheChecksumsOfTheVectorsFit) {
  const std::string empty("\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 16);
  const std::string payload(
      "\x00\x00\x00\x1d\x00\x00\x00\x00\xfd\x52\x8c\x5a"
      "{'foo':'bar'}"
      "\xc3\x65\x39\x36",
      29);
  EXPECT_EQ(framed("", ""), empty);
  EXPECT_EQ(framed("", "{'foo':'bar'}"), payload);
  EXPECT_TRUE(feed(empty + payload, 7).result);
}

TEST(EventStream, EveryTypeOfHeaderIsPassedOver) {
  const std::string name = number(1, 1) + "h";
  std::string headers;
  const std::pair<uint32_t, size_t> kFixed[] = {{0, 0}, {1, 0}, {2, 1}, {3, 2},
                                                {4, 4}, {5, 8}, {8, 8}, {9, 16}};
  for (const auto& [type, width] : kFixed)
    headers += name + number(type, 1) + std::string(width, 'x');
  headers += name + number(6, 1) + number(3, 2) + "abc";
  headers += text_header(":event-type", "metadata") + text_header(":message-type", "event");
  EXPECT_THAT(feed(framed(headers, "{}"), 1).events, ElementsAre(R"({"metadata":{}})"));
}

TEST(EventStream, ExceptionsAndErrorsAreEventsToo) {
  const std::string exception = framed(text_header(":exception-type", "throttlingException") +
                                           text_header(":message-type", "exception"),
                                       R"({"message":"Slow down."})");
  const std::string error =
      framed(text_header(":message-type", "error") + text_header(":error-code", "Internal") +
                 text_header(":error-message", "It \"broke\"."),
             "");
  EXPECT_THAT(feed(exception + error, 5).events,
              ElementsAre(R"({"throttlingException":{"message":"Slow down."}})",
                          R"({"error":{"code":"Internal","message":"It \"broke\"."}})"));
}

TEST(EventStream, ABitThatIsTurnedOverIsSeenWhereverItIs) {
  const std::string good = event("messageStart", R"({"role":"assistant"})");
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const Fed fed = feed(bad, bad.size());
    EXPECT_FALSE(fed.result) << at;
    EXPECT_THAT(fed.events, IsEmpty());
    EXPECT_EQ(fed.result.error().code, Code::UpstreamError);
  }
}

TEST(EventStream, ACutFrameIsNoWholeStream) {
  const std::string good = event("messageStart", R"({"role":"assistant"})");
  const Fed fed = feed(good.substr(0, good.size() - 1), 8);
  EXPECT_TRUE(fed.result);
  EXPECT_TRUE(fed.inside);
  EXPECT_THAT(fed.events, IsEmpty());
}

TEST(EventStream, LengthsThatCannotBeAreRefusedBeforeTheirBytesCome) {
  const auto prelude = [](uint32_t total, uint32_t headers) {
    const std::string lengths = number(total, 4) + number(headers, 4);
    return lengths + crc(lengths);
  };
  for (const auto& [total, headers] :
       {std::pair<uint32_t, uint32_t>{0xffffffff, 0}, {15, 0}, {16, 1}, {20, 0xffffffff}}) {
    EXPECT_FALSE(feed(prelude(total, headers), 100).result) << total;
  }
}

TEST(EventStream, HeadersThatAreNoneAreRefused) {
  for (const std::string& headers : {number(200, 1) + "short", number(1, 1) + "h" + number(10, 1),
                                     number(1, 1) + "h" + number(7, 1) + number(9, 2) + "x"}) {
    const Fed fed = feed(framed(headers, "{}"), 100);
    ASSERT_FALSE(fed.result);
    EXPECT_THAT(fed.result.error().message, HasSubstr("headers"));
  }
}

}  // namespace
}  // namespace tandem::gateway::bedrock
