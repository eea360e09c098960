// HTTP/1.1 messages as RFC 9112 writes them, whole and cut anywhere.
#include "net/http/parser.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::net {
namespace {

struct Collect final : BodySink {
  Result<void> on_body(std::string_view bytes) override {
    body += bytes;
    return {};
  }
  std::string body;
};

struct Read {
  std::string body;
  MessageHead head;
  bool done = false;
  std::optional<Code> refused;
};

// Presents `stream` as a connection does: what was not taken comes again with `step` bytes more.
Read read(std::string_view stream, size_t step, ParserLimits limits = {4096, 32, 65536}) {
  MessageParser parser(MessageParser::Kind::Request, limits);
  Collect sink;
  Read seen;
  size_t begin = 0;
  for (size_t end = std::min(step, stream.size());; end = std::min(end + step, stream.size())) {
    while (begin < end && !parser.done()) {
      const auto used = parser.feed(stream.substr(begin, end - begin), sink);
      if (!used) {
        seen.refused = used.error().code;
        return seen;
      }
      if (*used == 0) break;
      begin += *used;
    }
    if (parser.done() || end == stream.size()) break;
  }
  seen.body = sink.body;
  seen.head = parser.head();
  seen.done = parser.done();
  return seen;
}

constexpr std::string_view kChunkedHead =
    "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

std::string chunked(std::string_view body) {
  return std::string(kChunkedHead) + std::string(body);
}

TEST(MessageParser, ReadsTheSameBodyHoweverItIsCut) {
  const std::string streams[] = {
      chunked("5\r\nhello\r\n0\r\n\r\n"),
      chunked("2;name=value\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n"),
      "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello",
  };
  for (const std::string& stream : streams) {
    for (size_t step = 1; step <= stream.size(); ++step) {
      const Read seen = read(stream, step);
      EXPECT_TRUE(seen.done) << stream << " by " << step;
      EXPECT_EQ(seen.body, "hello") << stream << " by " << step;
      EXPECT_EQ(seen.head.target, "/x");
    }
  }
}

// Found by parser_fuzz: Beast asserts where "0", CR, LF and one byte more are presented again.
TEST(MessageParser, AnEmptyChunkedBodyMayArriveByteByByte) {
  const std::string stream = chunked("0\r\n\r\n");
  for (size_t step = 1; step <= 8; ++step) {
    const Read seen = read(stream, step);
    EXPECT_TRUE(seen.done) << step;
    EXPECT_EQ(seen.body, "") << step;
  }
  EXPECT_EQ(read(chunked("0\r\nx\r\n\r\n"), 1).refused, Code::InvalidArgument);
}

TEST(MessageParser, ABodyThatLooksLikeTheLastChunkIsABody) {
  for (size_t step = 1; step <= 8; ++step) {
    const Read seen = read(chunked("4\r\n0\r\nx\r\n0\r\n\r\n"), step);
    EXPECT_TRUE(seen.done) << step;
    EXPECT_EQ(seen.body, "0\r\nx") << step;
  }
  // The four bytes are given on before anything follows them.
  EXPECT_EQ(read(chunked("4\r\n0\r\nx"), 1).body, "0\r\nx");
}

TEST(MessageParser, WhatFollowsAMessageIsNotTaken) {
  const std::string one = chunked("0\r\n\r\n");
  MessageParser parser(MessageParser::Kind::Request, {4096, 32, 65536});
  Collect sink;
  const std::string stream = one + "GET /next HTTP/1.1\r\n";
  size_t begin = 0;
  while (!parser.done()) begin += *parser.feed(std::string_view(stream).substr(begin), sink);
  EXPECT_EQ(begin, one.size());
}

TEST(MessageParser, RefusesWhatIsTooLargeOrAmbiguous) {
  const std::string lengths =
      "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nhello";
  EXPECT_EQ(read(lengths, lengths.size()).refused, Code::InvalidArgument);
  const std::string both =
      "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
      "0\r\n\r\n";
  EXPECT_EQ(read(both, both.size()).refused, Code::InvalidArgument);
  const std::string large = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n";
  EXPECT_EQ(read(large, large.size(), {4096, 32, 10}).refused, Code::PayloadTooLarge);
  EXPECT_EQ(read(chunked("b\r\nhello"), 4, {4096, 32, 10}).refused, Code::PayloadTooLarge);
  EXPECT_EQ(read(large, large.size(), {20, 32, 100}).refused, Code::HeadersTooLarge);
  EXPECT_EQ(read(large, large.size(), {4096, 1, 100}).refused, Code::HeadersTooLarge);
}

}  // namespace
}  // namespace tandem::net
