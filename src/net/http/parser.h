// HTTP/1.1 message parsing (RFC 9112) as pure state machines: bytes in, head and body out.
// Beast's basic_parser does the grammar; it is hidden here so that no header pulls it in.
//   RequestParser parser(limits);
//   auto used = parser.feed(bytes, sink);   // Result<size_t>: how many bytes were taken
// The caller keeps the bytes that were not taken and presents them again with more behind them.
// One parser per connection, reset() between messages. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/headers.h"

namespace tandem::net {

struct ParserLimits {
  size_t max_header_bytes;
  size_t max_header_count;
  uint64_t max_body_bytes;
};

// Receives body bytes as they are parsed; the view dies with the call. A returned error ends the
// message with that error.
class BodySink {
 public:
  virtual Result<void> on_body(std::string_view bytes) = 0;

 protected:
  ~BodySink() = default;
};

struct MessageHead {
  std::string method;  // requests
  std::string target;
  int status = 0;  // responses
  int minor_version = 1;
  Headers headers;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<uint64_t> content_length;
};

class MessageParser {
 public:
  enum class Kind : uint8_t { Request, Response };

  MessageParser(Kind kind, ParserLimits limits);
  ~MessageParser();
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  void reset();
  // Applies to the message that is being parsed; call after the head is done.
  void set_max_body_bytes(uint64_t bytes);
  // A response to HEAD has no body whatever its head says.
  void expect_no_body();

  // Parses up to the end of the head, then (from the next call on) the body. Errors:
  // InvalidArgument (malformed), HeadersTooLarge, PayloadTooLarge, or what the sink returned.
  Result<size_t> feed(std::string_view bytes, BodySink& sink);
  // The peer closed: fine where a response's body ends so, else an error.
  Result<void> feed_end();

  bool head_done() const;
  bool done() const;
  bool ends_at_close() const;  // a response without length: its body ends when the peer closes
  const MessageHead& head() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::net
