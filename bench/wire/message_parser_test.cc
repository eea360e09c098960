#include "wire/message_parser.h"

#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

struct Collector : BodySink {
  std::string body;
  void on_body(std::string_view bytes) override { body.append(bytes); }
};

struct Parsed {
  bool complete = false;
  bool failed = false;
  int status = 0;
  bool keep_alive = false;
  std::string body;
  size_t used = 0;
};

Parsed parse_in_pieces(MessageParser::Kind kind, std::string_view text, size_t piece) {
  MessageParser parser(kind);
  Collector collector;
  Parsed parsed;
  for (size_t at = 0; at < text.size() && !parser.complete() && !parser.failed(); at += piece) {
    parsed.used += parser.feed(text.substr(at, piece), collector);
  }
  parsed.complete = parser.complete();
  parsed.failed = parser.failed();
  parsed.status = parser.status();
  parsed.keep_alive = parser.keep_alive();
  parsed.body = collector.body;
  return parsed;
}

// The example of RFC 9112 §7.1.3's decoding, written out.
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
    "4\r\nWiki\r\n6;x=y\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: t\r\n\r\n";

TEST(MessageParser, DecodesChunksHoweverTheyAreCut) {
  for (size_t piece = 1; piece <= kChunked.size(); ++piece) {
    const Parsed parsed = parse_in_pieces(MessageParser::Kind::Response, kChunked, piece);
    ASSERT_TRUE(parsed.complete) << piece;
    EXPECT_EQ(parsed.body, "Wikipedia in \r\n\r\nchunks.");
    EXPECT_EQ(parsed.status, 200);
    EXPECT_TRUE(parsed.keep_alive);
    EXPECT_EQ(parsed.used, kChunked.size());
  }
}

TEST(MessageParser, LeavesTheBytesOfTheNextMessage) {
  MessageParser parser(MessageParser::Kind::Request);
  Collector collector;
  const std::string_view two =
      "POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n\r\n";
  const size_t used = parser.feed(two, collector);
  EXPECT_EQ(collector.body, "hi");
  EXPECT_EQ(parser.path(), "/a");
  parser.reset();
  EXPECT_EQ(parser.feed(two.substr(used), collector), two.size() - used);
  EXPECT_EQ(parser.method(), "GET");
  EXPECT_EQ(parser.path(), "/b");
}

TEST(MessageParser, SkipsInterimResponses) {
  const Parsed parsed = parse_in_pieces(
      MessageParser::Kind::Response,
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", 7);
  EXPECT_TRUE(parsed.complete);
  EXPECT_EQ(parsed.status, 429);
}

TEST(MessageParser, AnAnswerWithoutLengthEndsAtClose) {
  MessageParser parser(MessageParser::Kind::Response);
  Collector collector;
  parser.feed("HTTP/1.0 200 OK\r\n\r\nabc", collector);
  EXPECT_FALSE(parser.complete());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_TRUE(parser.finish_at_close());
  EXPECT_EQ(collector.body, "abc");
}

TEST(MessageParser, ACutBodyIsNotComplete) {
  MessageParser parser(MessageParser::Kind::Response);
  Collector collector;
  parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", collector);
  EXPECT_FALSE(parser.finish_at_close());
}

TEST(MessageParser, RefusesWhatIsNotHttp) {
  EXPECT_TRUE(parse_in_pieces(MessageParser::Kind::Response, "SSH-2.0-x y\r\n\r\n", 4).failed);
  EXPECT_TRUE(parse_in_pieces(MessageParser::Kind::Response,
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 99)
                  .failed);
}

}  // namespace
}  // namespace tandem::bench
