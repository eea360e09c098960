// Reads multipart/form-data (RFC 7578 over RFC 2046 section 5.1) as its bytes arrive: no part is
// ever held whole here. Sans-IO and trusting nothing; one body, one thread.
//   TRY(auto parser, MultipartParser::create(request.header("content-type"), {}));
//   while (…) TRY_VOID(parser.feed(piece, sink));
//   TRY_VOID(parser.finish());       // an error where the closing boundary has not come
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::net {

struct MultipartLimits {
  size_t max_parts = 64;
  size_t max_head_bytes = 16 * 1024;  // headers of one part
};

// What the headers of a part say.
struct PartHead {
  std::string name;          // of the form's field
  std::string filename;      // empty: a plain field
  std::string content_type;  // empty: not said
  bool is_file = false;      // it has a filename, be it empty
};

class MultipartSink {
 public:
  virtual Result<void> on_part(const PartHead& head) = 0;
  virtual Result<void> on_data(std::string_view bytes) = 0;  // of the part that was begun last
  virtual Result<void> on_part_end() = 0;

 protected:
  ~MultipartSink() = default;
};

class MultipartParser {
 public:
  // UnsupportedMediaType for any other content type; InvalidArgument for a bad boundary.
  static Result<MultipartParser> create(std::string_view content_type, MultipartLimits limits);

  // Errors are InvalidArgument or PayloadTooLarge, or the sink's own; after one, nothing more is
  // fed.
  Result<void> feed(std::string_view bytes, MultipartSink& sink);
  Result<void> finish() const;
  size_t parts() const { return parts_; }
  // Where in the body the bytes stand that the sink is being given.
  uint64_t offset() const { return used_ - 2; }

 private:
  enum class State : uint8_t { Preamble, Delimiter, Head, Body, Epilogue };
  MultipartParser(std::string boundary, MultipartLimits limits);

  void use(size_t bytes) {
    buffer_.erase(0, bytes);
    used_ += bytes;
  }
  // Each takes what it can from buffer_ and says whether the state has moved on.
  Result<bool> skip_preamble();
  Result<bool> end_delimiter();
  Result<bool> read_head(MultipartSink& sink);
  Result<bool> read_body(MultipartSink& sink);

  std::string delimiter_;  // CRLF, two hyphens, boundary
  MultipartLimits limits_;
  State state_ = State::Preamble;
  // What came and is not used yet. Begins with a line break of our own, because the first delimiter
  // may stand at the very start of the body.
  std::string buffer_ = "\r\n";
  uint64_t used_ = 0;  // bytes of what went through buffer_, the first two included
  size_t parts_ = 0;
};

// The value of `name` in "form-data; name=\"a\"; filename=\"b\"", unquoted; nullopt where absent.
std::optional<std::string> header_parameter(std::string_view header, std::string_view name);

}  // namespace tandem::net
