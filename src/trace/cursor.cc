#include "trace/cursor.h"

#include <algorithm>

#include "base/text/encode.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

constexpr char kVersion = 1;
constexpr size_t kBytes = 1 + 8 + 8 + 8;

void put_u64(std::string& out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift);
}

uint64_t get_u64(std::string_view bytes) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// FNV-1a: against accidents, not against forgery (which gains nothing).
uint64_t checksum(std::string_view first, std::string_view second) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view part : {first, second}) {
    for (const char c : part) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

std::string encode_cursor(const Cursor& cursor, std::string_view query) {
  std::string bytes(1, kVersion);
  put_u64(bytes, static_cast<uint64_t>(cursor.value));
  put_u64(bytes, static_cast<uint64_t>(cursor.key));
  put_u64(bytes, checksum(bytes, query));
  std::string text = text::to_base64(wire::as_bytes(bytes));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

Result<Cursor> decode_cursor(std::string_view text, std::string_view query) {
  std::string base64(text);
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  const auto bytes = text::from_base64(base64);
  const bool whole = bytes && bytes->size() == kBytes && bytes->front() == kVersion;
  if (!whole || checksum(std::string_view(*bytes).substr(0, 17), query) !=
                    get_u64(std::string_view(*bytes).substr(17))) {
    return fail(Code::InvalidArgument, "The cursor is not one of this list.",
                "Pass next_cursor of the page before, with the same filter and order.", "cursor");
  }
  return Cursor{static_cast<int64_t>(get_u64(std::string_view(*bytes).substr(1))),
                static_cast<int64_t>(get_u64(std::string_view(*bytes).substr(9)))};
}

}  // namespace tandem::trace
