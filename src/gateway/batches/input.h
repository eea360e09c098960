// Reads the input of a batch: JSON Lines, each {"custom_id","method","url","body"}. LineSplitter
// cuts bytes as they come into lines; read_line() understands one. Pure, trusting nothing.
//   splitter.feed(piece);
//   while (auto line = splitter.next()) { auto request = read_line(*line, "/v1/embeddings"); … }
// Source: OpenAI API reference, "The request input object".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"

namespace tandem::gateway::batches {

// Lines end with LF or CRLF, the last one with nothing. Lines of white space do not count and have
// no number.
class LineSplitter {
 public:
  explicit LineSplitter(size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  void feed(std::string_view bytes);
  void finish() { finished_ = true; }
  // The next line that is whole; nullopt where more bytes are needed, or at the end.
  // PayloadTooLarge where a line is longer than allowed. The view lives until the next call.
  Result<std::optional<std::string_view>> next();
  // Of the line that next() gave last, from 1.
  int64_t number() const { return number_; }

 private:
  const size_t max_line_bytes_;
  std::string buffer_;
  size_t at_ = 0;        // where the next line begins
  size_t searched_ = 0;  // up to here there is no line end
  int64_t number_ = 0;
  bool finished_ = false;
};

struct LineRequest {
  std::string custom_id;
  std::string body;   // JSON object, as it stands in the line
  std::string model;  // of the body
};

// What is wrong with a line, as the batch shows it.
struct LineError {
  std::string code;  // "invalid_json_line", "missing_required_parameter" …
  std::string message;
  std::string param;  // empty: none
  int64_t line = 0;
};

// `url`: what every line must name.
tl::expected<LineRequest, LineError> read_line(std::string_view line, std::string_view url);

// Checks a whole input, line by line.
class InputCheck {
 public:
  InputCheck(std::string url, int64_t max_lines) : url_(std::move(url)), max_lines_(max_lines) {}
  // False: enough is wrong, nothing more needs to be read.
  bool take(std::string_view line, int64_t number);
  void too_long(int64_t number, size_t max_bytes);
  void finish();
  int64_t lines() const { return lines_; }
  const std::vector<LineError>& errors() const { return errors_; }

 private:
  void add(LineError error, int64_t number);

  std::string url_;
  int64_t max_lines_;
  int64_t lines_ = 0;
  std::unordered_set<std::string> custom_ids_;
  std::vector<LineError> errors_;
};

// [{"code","line","message","param"},…]
std::string errors_json(const std::vector<LineError>& errors);

}  // namespace tandem::gateway::batches
