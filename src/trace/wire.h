// Varints and tagged fields: the bytes below codec.h. Pure; header only, because every call is a
// few instructions.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::trace::wire {

inline constexpr size_t kMaxVarintBytes = 10;

// Writes to `at`, which has kMaxVarintBytes; answers what is behind it.
inline char* put_varint(char* at, uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}
inline void put_varint(std::string& out, uint64_t value) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, static_cast<size_t>(put_varint(bytes, value) - bytes));
}

// Small negative numbers stay short.
constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void number(uint32_t tag, int64_t value) { put_two(uint64_t{tag} << 1, zigzag(value)); }
  void number_unless_zero(uint32_t tag, int64_t value) {
    if (value != 0) number(tag, value);
  }
  void bytes(uint32_t tag, std::string_view value) {
    put_two(uint64_t{tag} << 1 | 1, value.size());
    out_ += value;
  }
  void text(uint32_t tag, std::string_view value) {
    if (!value.empty()) bytes(tag, value);
  }
  // A nested value: what `write` adds to the output. Its length is a padded varint of four bytes,
  // filled in afterwards.
  template <class F>
  void nested(uint32_t tag, F write) {
    put_varint(out_, uint64_t{tag} << 1 | 1);
    const size_t at = out_.size();
    out_.append(kPaddedLength, '\0');
    write(*this);
    size_t length = out_.size() - at - kPaddedLength;
    for (size_t i = 0; i < kPaddedLength; ++i, length >>= 7) {
      const bool more = i + 1 < kPaddedLength;
      out_[at + i] = static_cast<char>((length & 0x7f) | (more ? 0x80 : 0));
    }
  }

 private:
  void put_two(uint64_t first, uint64_t second) {
    char bytes[2 * kMaxVarintBytes];
    const char* end = put_varint(put_varint(bytes, first), second);
    out_.append(bytes, static_cast<size_t>(end - bytes));
  }

  static constexpr size_t kPaddedLength = 4;  // up to 256 MiB
  std::string& out_;
};

struct Field {
  uint32_t tag = 0;
  bool is_bytes = false;
  int64_t number = 0;
  std::string_view bytes;
};

// Reads fields one by one; after a malformed one it is at its end and broken().
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    uint64_t key = 0;
    uint64_t value = 0;
    if (!varint(key) || (key >> 1) > UINT32_MAX || !varint(value)) return fail();
    Field field{static_cast<uint32_t>(key >> 1), (key & 1) != 0, unzigzag(value), {}};
    if (field.is_bytes) {
      if (value > rest_.size()) return fail();
      field.bytes = rest_.substr(0, value);
      rest_.remove_prefix(value);
    }
    return field;
  }
  bool broken() const { return broken_; }

 private:
  bool varint(uint64_t& value) {
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  std::nullopt_t fail() {
    broken_ = true;
    rest_ = {};
    return std::nullopt;
  }

  std::string_view rest_;
  bool broken_ = false;
};

inline std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace tandem::trace::wire
