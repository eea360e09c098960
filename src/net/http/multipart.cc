#include "net/http/multipart.h"

#include <algorithm>

#include "base/text/encode.h"
#include "net/http/url.h"

namespace tandem::net {
namespace {

constexpr size_t kMaxBoundary = 70;  // RFC 2046 section 5.1.1
constexpr size_t kMaxPadding = 256;  // white space behind a delimiter
constexpr size_t kMaxName = 256;     // of a field
constexpr size_t kMaxFileName = 1024;
constexpr std::string_view kLineEnd = "\r\n";

Failure malformed(std::string what) {
  return fail(Code::InvalidArgument, "The multipart body is malformed: " + std::move(what),
              "Let an HTTP library write the body; see RFC 7578.");
}

// Whether `c` may stand in a token (RFC 9110 section 5.6.2).
bool is_token(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f &&
         std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

// One `;name=value` after another. Quoted values keep a backslash unless it escapes a quote or a
// backslash: some browsers send paths of Windows unescaped.
class Parameters {
 public:
  explicit Parameters(std::string_view header) : text_(header) {
    at_ = std::min(text_.find(';'), text_.size());
  }
  bool next(std::string& name, std::string& value) {
    while (at_ < text_.size() && (text_[at_] == ';' || is_space(text_[at_]))) ++at_;
    if (at_ >= text_.size()) return false;
    const size_t begun = at_;
    while (at_ < text_.size() && is_token(text_[at_])) ++at_;
    name = text::to_ascii_lower(text_.substr(begun, at_ - begun));
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (name.empty() || at_ >= text_.size() || text_[at_] != '=') return false;
    ++at_;
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    value.clear();
    return at_ < text_.size() && text_[at_] == '"' ? quoted(value) : plain(value);
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t'; }
  bool quoted(std::string& value) {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      value += escape ? text_[++at_] : text_[at_];
    }
    if (at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  bool plain(std::string& value) {
    const size_t end = std::min(text_.find(';', at_), text_.size());
    value = text::trim(text_.substr(at_, end - at_));
    at_ = end;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// HTML forms write quotes and line breaks of a name as %22, %0D and %0A and leave other percent
// signs alone (HTML, "multipart/form-data encoding algorithm").
std::string without_form_escapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = text.substr(i, 3);
    if (three == "%22" || three == "%0D" || three == "%0A") {
      out += three == "%22" ? '"' : three == "%0D" ? '\r' : '\n';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "utf-8''na%C3%AFve.txt" (RFC 8187); nullopt for other character sets.
std::optional<std::string> extended_value(std::string_view text) {
  const size_t first = text.find('\'');
  const size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  if (!text::equal_ignoring_case(text.substr(0, first), "utf-8")) return std::nullopt;
  return percent_decode(text.substr(second + 1), false);
}

Result<void> read_disposition(std::string_view value, PartHead& head) {
  const std::string_view kind =
      text::trim(value.substr(0, std::min(value.find(';'), value.size())));
  if (!text::equal_ignoring_case(kind, "form-data")) {
    return malformed("a part's content-disposition is not form-data.");
  }
  std::string name;
  std::string text;
  bool named = false;
  Parameters parameters(value);
  while (parameters.next(name, text)) {
    if (name == "name" && !named) {
      head.name = without_form_escapes(text);
      named = true;
    } else if (name == "filename" && !head.is_file) {
      head.filename = without_form_escapes(text);
      head.is_file = true;
    } else if (name == "filename*") {
      if (auto decoded = extended_value(text)) head.filename = *std::move(decoded);
      head.is_file = true;
    }
  }
  if (!named) return malformed("a part has no name.");
  if (head.name.size() > kMaxName) return malformed("the name of a part is too long.");
  if (head.filename.size() > kMaxFileName) return malformed("a file name is too long.");
  return {};
}

Result<void> read_part_header(std::string_view line, PartHead& head, bool& disposed) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return malformed("a line among the headers of a part is no header.");
  }
  const std::string_view name = text::trim(line.substr(0, colon));
  const std::string_view value = text::trim(line.substr(colon + 1));
  if (text::equal_ignoring_case(name, "content-disposition")) {
    if (disposed) return malformed("a part has two content-dispositions.");
    disposed = true;
    return read_disposition(value, head);
  }
  if (text::equal_ignoring_case(name, "content-type")) head.content_type = value;
  if (text::equal_ignoring_case(name, "content-transfer-encoding") &&
      !text::equal_ignoring_case(value, "binary") && !text::equal_ignoring_case(value, "8bit") &&
      !text::equal_ignoring_case(value, "7bit")) {
    return fail(
        Code::UnsupportedMediaType,
        "A part of the multipart body is encoded as " + std::string(value.substr(0, 40)) + ".",
        "Send the bytes as they are (RFC 7578 section 4.7).");
  }
  return {};
}

}  // namespace

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
  std::string key;
  std::string value;
  Parameters parameters(header);
  while (parameters.next(key, value)) {
    if (key == name) return value;
  }
  return std::nullopt;
}

MultipartParser::MultipartParser(std::string boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::move(boundary)), limits_(limits) {}

Result<MultipartParser> MultipartParser::create(std::string_view content_type,
                                                MultipartLimits limits) {
  const size_t end = std::min(content_type.find(';'), content_type.size());
  if (!text::equal_ignoring_case(text::trim(content_type.substr(0, end)), "multipart/form-data")) {
    return fail(Code::UnsupportedMediaType, "The body must be multipart/form-data.",
                "Send the fields as a form with a file, as curl -F does.", "content-type");
  }
  auto boundary = header_parameter(content_type, "boundary");
  const auto allowed = [](char c) {
    const char lower = text::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  };
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary ||
      boundary->back() == ' ' || !std::all_of(boundary->begin(), boundary->end(), allowed)) {
    return fail(Code::InvalidArgument, "The content type names no valid boundary.",
                "It has 1 to 70 characters (RFC 2046 section 5.1.1).", "content-type");
  }
  return MultipartParser(*std::move(boundary), limits);
}

Result<void> MultipartParser::feed(std::string_view bytes, MultipartSink& sink) {
  if (state_ == State::Epilogue) return {};
  buffer_ += bytes;
  while (true) {
    Result<bool> moved = false;
    switch (state_) {
      case State::Preamble:
        moved = skip_preamble();
        break;
      case State::Delimiter:
        moved = end_delimiter();
        break;
      case State::Head:
        moved = read_head(sink);
        break;
      case State::Body:
        moved = read_body(sink);
        break;
      case State::Epilogue:
        buffer_.clear();
        return {};
    }
    if (!moved) return fail(std::move(moved).error());
    if (!*moved) return {};
  }
}

Result<void> MultipartParser::finish() const {
  if (state_ == State::Epilogue) return {};
  return malformed("it ends before its closing boundary.");
}

Result<bool> MultipartParser::skip_preamble() {
  const size_t at = buffer_.find(delimiter_);
  const bool found = at != std::string::npos;
  if ((found ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size())) >
      limits_.max_head_bytes) {
    return malformed("it does not begin with a boundary.");
  }
  if (!found) return false;
  use(at + delimiter_.size());
  state_ = State::Delimiter;
  return true;
}

// Behind the boundary: two hyphens end the body, a line break begins a part.
Result<bool> MultipartParser::end_delimiter() {
  if (buffer_.size() < 2) return false;
  if (buffer_.compare(0, 2, "--") == 0) {
    state_ = State::Epilogue;
    return true;
  }
  const size_t at = buffer_.find(kLineEnd);
  const size_t padding = std::min(at, buffer_.size());
  if (buffer_.find_first_not_of(at == std::string::npos ? " \t\r" : " \t") < padding ||
      padding > kMaxPadding + (at == std::string::npos ? 1 : 0)) {
    return malformed("a boundary is followed by something else than a line break.");
  }
  if (at == std::string::npos) return false;
  if (parts_ == limits_.max_parts) {
    return fail(Code::PayloadTooLarge,
                "The form has more than " + std::to_string(limits_.max_parts) + " parts.");
  }
  ++parts_;
  use(at);  // the line break stays: an empty head is nothing but a second one
  state_ = State::Head;
  return true;
}

Result<bool> MultipartParser::read_head(MultipartSink& sink) {
  const size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos || end > limits_.max_head_bytes) {
    if (end == std::string::npos && buffer_.size() <= limits_.max_head_bytes + 3) return false;
    return fail(Code::PayloadTooLarge, "The headers of a part have more than " +
                                           std::to_string(limits_.max_head_bytes) + " bytes.");
  }
  PartHead head;
  bool disposed = false;
  size_t at = kLineEnd.size();
  while (at < end) {
    const size_t next = std::min(buffer_.find(kLineEnd, at), end);
    TRY_VOID(read_part_header(std::string_view(buffer_).substr(at, next - at), head, disposed));
    at = next + kLineEnd.size();
  }
  if (!disposed) return malformed("a part has no content-disposition.");
  use(end + 2 * kLineEnd.size());
  TRY_VOID(sink.on_part(head));
  state_ = State::Body;
  return true;
}

Result<bool> MultipartParser::read_body(MultipartSink& sink) {
  const size_t at = buffer_.find(delimiter_);
  if (at != std::string::npos) {
    if (at > 0) TRY_VOID(sink.on_data(std::string_view(buffer_).substr(0, at)));
    TRY_VOID(sink.on_part_end());
    use(at + delimiter_.size());
    state_ = State::Delimiter;
    return true;
  }
  // The end may be the beginning of a delimiter.
  const size_t kept = delimiter_.size() - 1;
  if (buffer_.size() <= kept) return false;
  const size_t given = buffer_.size() - kept;
  TRY_VOID(sink.on_data(std::string_view(buffer_).substr(0, given)));
  use(given);
  return false;
}

}  // namespace tandem::net
