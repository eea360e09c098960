#include "identity/key_text.h"

#include <array>

#include "base/crypto/hash.h"
#include "base/crypto/random.h"

namespace tandem::identity {
namespace {

constexpr std::string_view kLetters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr unsigned kBase = 62;
// Bytes from here on would favour the first letters; they are thrown away.
constexpr unsigned kFair = 256 / kBase * kBase;

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
    table[i] = value;
  }
  return table;
}();

void append_checksum(std::string& key) {
  uint32_t sum = crc32(key);
  char digits[kKeyChecksumLength];
  for (size_t i = kKeyChecksumLength; i-- > 0; sum /= kBase) digits[i] = kLetters[sum % kBase];
  key.append(digits, kKeyChecksumLength);
}

// Appends the letters that `bytes` give, as far as the key needs them.
void append_letters(std::string& key, std::span<const uint8_t> bytes) {
  for (uint8_t byte : bytes) {
    if (key.size() == kKeyPrefix.size() + kKeyRandomLength) return;
    if (byte < kFair) key += kLetters[byte % kBase];
  }
}

// `next(bytes)` gives the next random bytes.
template <class Next>
std::string assemble(Next next) {
  std::string key(kKeyPrefix);
  key.reserve(kKeyLength);
  crypto::Digest bytes;
  while (key.size() < kKeyPrefix.size() + kKeyRandomLength) {
    next(bytes);
    append_letters(key, bytes);
  }
  crypto::wipe(bytes);
  append_checksum(key);
  return key;
}

}  // namespace

std::string make_key_text() {
  return assemble([](crypto::Digest& bytes) { crypto::fill_random(bytes); });
}

std::string key_text_of(std::span<const uint8_t> seed) {
  const crypto::HmacKey stretch(seed);
  uint8_t round = 0;
  return assemble([&](crypto::Digest& bytes) {
    bytes = stretch.sign(std::span<const uint8_t>(&round, 1));
    ++round;
  });
}

bool is_key_text(std::string_view text) {
  if (text.size() != kKeyLength || text.substr(0, kKeyPrefix.size()) != kKeyPrefix) return false;
  if (text.find_first_not_of(kLetters, kKeyPrefix.size()) != std::string_view::npos) return false;
  std::string expected(text.substr(0, kKeyLength - kKeyChecksumLength));
  append_checksum(expected);
  return expected == text;
}

std::string key_hint(std::string_view key) {
  return std::string(kKeyPrefix) + "…" +
         std::string(key.substr(key.size() - (key.size() < 4 ? key.size() : 4)));
}

uint32_t crc32(std::string_view bytes) {
  uint32_t sum = 0xFFFFFFFF;
  for (char c : bytes) sum = sum >> 8 ^ kCrcTable[(sum ^ static_cast<uint8_t>(c)) & 255];
  return ~sum;
}

}  // namespace tandem::identity
