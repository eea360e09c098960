// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), over OpenSSL 3. Algorithms are fetched once and
// each thread keeps its working memory, so a short input costs well under a microsecond.
//   crypto::Digest digest = crypto::sha256(bytes);
//   const crypto::HmacKey key(secret);           // any thread may sign with it
//   if (crypto::equal(key.sign(message), expected)) …
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tandem::crypto {

using Digest = std::array<uint8_t, 32>;

inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Digest sha256(std::span<const uint8_t> bytes);
inline Digest sha256(std::string_view text) {
  return sha256(bytes_of(text));
}

// SHA-256 of what comes in pieces. One thread; finish() once.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void update(std::span<const uint8_t> bytes);
  void update(std::string_view text) { update(bytes_of(text)); }
  Digest finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// A key, prepared. Immutable; its memory is overwritten at the end of its life.
class HmacKey {
 public:
  explicit HmacKey(std::span<const uint8_t> key);
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;
  ~HmacKey();

  Digest sign(std::span<const uint8_t> message) const;
  Digest sign(std::string_view message) const { return sign(bytes_of(message)); }

 private:
  struct Started;  // both hashes with their first block, the padded key, taken in
  std::unique_ptr<Started> started_;
};

// In a time that depends on the lengths only.
bool equal(std::span<const uint8_t> a, std::span<const uint8_t> b);
inline bool equal(std::string_view a, std::string_view b) {
  return equal(bytes_of(a), bytes_of(b));
}

// Overwrites memory that held a secret; the compiler cannot leave it out.
void wipe(std::span<uint8_t> bytes);

}  // namespace tandem::crypto
