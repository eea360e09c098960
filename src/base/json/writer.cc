#include "base/json/writer.h"

#include <charconv>
#include <cmath>

#include "base/text/scan.h"
#include "base/text/utf8.h"

namespace tandem::json {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void append_control(std::string& out, unsigned char byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

void append_escaped(std::string& out, std::string_view text) {
  size_t done = 0;
  while (done < text.size()) {
    const size_t end = done + text::plain_json_prefix(text.substr(done));
    out.append(text, done, end - done);
    if (end == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[end]);
    if (byte < 0x80) {
      append_control(out, byte);
      done = end + 1;
      continue;
    }
    const size_t length = text::utf8_sequence_length(text.substr(end));
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      done = end + 1;
    } else {
      out.append(text, end, length);
      done = end + length;
    }
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void Writer::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

Writer& Writer::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
  return *this;
}

Writer& Writer::close(char bracket) {
  out_ += bracket;
  comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

Writer& Writer::integer(int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, end);
  return *this;
}

Writer& Writer::unsigned_integer(uint64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, end);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, end);
  return *this;
}

Writer& Writer::boolean(bool value) {
  return raw(value ? "true" : "false");
}

Writer& Writer::null() {
  return raw("null");
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace tandem::json
