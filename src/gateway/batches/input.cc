#include "gateway/batches/input.h"

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/text/encode.h"
#include "base/text/utf8.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::batches {
namespace {

constexpr size_t kMostErrors = 100;
constexpr size_t kMaxCustomId = 512;

tl::unexpected<LineError> wrong_field(std::string code, std::string message,
                                      std::string param = {}) {
  return tl::unexpected(LineError{std::move(code), std::move(message), std::move(param), 0});
}

tl::unexpected<LineError> missing(std::string field, std::string_view expected) {
  return wrong_field("missing_required_parameter",
                     "The field \"" + field + "\" must be " + std::string(expected) + ".", field);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  searched_ -= at_;
  at_ = 0;
  buffer_ += bytes;
}

Result<std::optional<std::string_view>> LineSplitter::next() {
  while (at_ < buffer_.size()) {
    size_t end = buffer_.find('\n', searched_);
    const bool found = end != std::string::npos;
    if (!found) end = buffer_.size();
    searched_ = end;
    if (end - at_ > max_line_bytes_) {
      return fail(Code::PayloadTooLarge, "Line " + std::to_string(number_ + 1) + " has more than " +
                                             std::to_string(max_line_bytes_) + " bytes.");
    }
    if (!found && !finished_) return std::nullopt;
    std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
    at_ = searched_ = std::min(end + 1, buffer_.size());
    if (is_blank(line)) continue;
    if (line.back() == '\r') line.remove_suffix(1);
    ++number_;
    return line;
  }
  return std::nullopt;
}

tl::expected<LineRequest, LineError> read_line(std::string_view line, std::string_view url) {
  const auto document = json::parse(std::string(line));
  if (!document || !document->root().is_object()) {
    return wrong_field("invalid_json_line", "This line is not parseable as valid JSON.");
  }
  const json::Value& root = document->root();
  LineRequest request;
  request.custom_id = root.find_text("custom_id");
  if (request.custom_id.empty() || request.custom_id.size() > kMaxCustomId ||
      request.custom_id.find('\0') != std::string::npos) {
    return missing("custom_id", "a text of 1 to 512 bytes that no other line has");
  }
  if (root.find_text("method") != "POST") {
    return wrong_field("invalid_method", "The field \"method\" must be POST.", "method");
  }
  if (root.find_text("url") != url) {
    return wrong_field(
        "invalid_url",
        "The field \"url\" must be the endpoint of the batch, " + std::string(url) + ".", "url");
  }
  const json::Value* body = root.find("body");
  if (!body || !body->is_object()) return missing("body", "an object, the body of the request");
  request.model = body->find_text("model");
  if (request.model.empty()) return missing("body.model", "the name of an endpoint");
  const json::Value* stream = body->find("stream");
  if (stream && stream->boolean().value_or(true)) {
    return wrong_field("invalid_value",
                       "A line of a batch cannot be streamed: leave \"stream\" out.",
                       "body.stream");
  }
  request.body = body->raw;
  return request;
}

void InputCheck::add(LineError error, int64_t number) {
  error.line = number;
  errors_.push_back(std::move(error));
}

bool InputCheck::take(std::string_view line, int64_t number) {
  if (++lines_ > max_lines_) {
    add({"too_many_lines", "The file has more than " + std::to_string(max_lines_) + " lines.", "",
         0},
        number);
    return false;
  }
  auto request = read_line(line, url_);
  if (!request) {
    add(std::move(request).error(), number);
  } else if (!custom_ids_.insert(request->custom_id).second) {
    add({"duplicate_custom_id",
         "The custom_id \"" + request->custom_id + "\" is that of an earlier line, too.",
         "custom_id", 0},
        number);
  }
  return errors_.size() < kMostErrors;
}

void InputCheck::too_long(int64_t number, size_t max_bytes) {
  add({"line_too_long", "This line has more than " + std::to_string(max_bytes) + " bytes.", "", 0},
      number);
}

void InputCheck::finish() {
  if (lines_ == 0 && errors_.empty()) {
    add({"empty_file", "The input file holds no requests.", "", 0}, 0);
  }
}

std::string errors_json(const std::vector<LineError>& errors) {
  std::string out;
  json::Writer json(out);
  json.array();
  for (const LineError& error : errors) {
    json.object().key("code").string(error.code).key("line");
    error.line > 0 ? json.integer(error.line) : json.null();
    json.key("message").string(error.message);
    json.key("param").string_or_null(error.param).end_object();
  }
  json.end_array();
  return out;
}

}  // namespace tandem::gateway::batches
