// Writes JSON (RFC 8259) straight into a string, with commas and escaping done.
//   std::string out; json::Writer json(out);
//   json.object().key("id").string(id).key("tokens").integer(12).end_object();
// Invalid UTF-8 in strings becomes U+FFFD, so the output is always valid JSON. The string outlives
// the writer. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::json {

// Appends `text` as a JSON string, quotes included.
void append_string(std::string& out, std::string_view text);
// The same as a text of its own.
std::string quoted(std::string_view text);
// Appends `text` escaped, without quotes: for splicing into an existing JSON string.
void append_escaped(std::string& out, std::string_view text);

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);
  Writer& integer(int64_t value);
  Writer& unsigned_integer(uint64_t value);
  Writer& number(double value);  // NaN and infinities become null
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // `json` is valid JSON already
  Writer& string_or_null(std::string_view text) { return text.empty() ? null() : string(text); }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void separate();

  std::string& out_;
  bool comma_ = false;
};

}  // namespace tandem::json
