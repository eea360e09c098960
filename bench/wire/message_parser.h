// An incremental HTTP/1.1 message parser for the benchmark tools (RFC 9112, the part that the
// measured servers use): fixed, chunked and close-delimited bodies. Sans-IO; one per connection,
// on that connection's thread. It allocates only when a message head arrives in pieces.
//   size_t used = parser.feed(bytes, sink);   // stops behind the end of a message
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::bench {

class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void on_body(std::string_view bytes) = 0;
};

class MessageParser {
 public:
  enum class Kind { Request, Response };

  explicit MessageParser(Kind kind) : kind_(kind) {}

  // Consumes from the front of `bytes`, hands body bytes to `sink`, and returns how many bytes
  // belonged to this message. After complete() or failed() it consumes nothing until reset().
  size_t feed(std::string_view bytes, BodySink& sink);

  // The peer closed: true where that is a proper end of the message.
  bool finish_at_close();
  void reset();

  bool complete() const { return state_ == State::Complete; }
  bool failed() const { return state_ == State::Failed; }
  bool started() const { return started_; }
  bool keep_alive() const { return keep_alive_; }
  bool event_stream() const { return event_stream_; }
  int status() const { return status_; }
  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }

 private:
  enum class State {
    Head, FixedBody, ChunkSize, ChunkData, ChunkEnd, Trailer, UntilClose, Complete, Failed
  };

  size_t feed_head(std::string_view bytes);
  size_t feed_sized(std::string_view bytes, BodySink& sink, State next);
  size_t feed_line(std::string_view bytes);
  void parse_head(std::string_view head);
  bool parse_start_line(std::string_view line);
  void parse_header(std::string_view name, std::string_view value);
  void choose_body();
  void take_line(std::string_view line);

  const Kind kind_;
  State state_ = State::Head;
  bool started_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool has_length_ = false;
  bool event_stream_ = false;
  int status_ = 0;
  uint64_t remaining_ = 0;
  std::string method_;
  std::string path_;
  std::string partial_;  // a head, chunk-size line or trailer line that has not fully come
};

}  // namespace tandem::bench
