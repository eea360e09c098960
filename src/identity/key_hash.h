// KeyHasher: turns the text of a key into what is stored of it, HMAC-SHA-256 under a secret of this
// server. A stolen database alone lets nobody test guesses, and two servers' hashes of one key
// differ. Immutable, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/crypto/hash.h"
#include "base/result.h"

namespace tandem::identity {

using KeyHash = crypto::Digest;

class KeyHasher {
 public:
  explicit KeyHasher(std::span<const uint8_t> secret);

  // The secret of `path` (64 hexadecimal digits), made at the first start.
  static Result<std::unique_ptr<KeyHasher>> open(const std::string& path);
  // The secret as text, where several nodes share one.
  static Result<std::unique_ptr<KeyHasher>> from_hex(std::string_view hex, std::string_view where);

  KeyHash hash(std::string_view key) const { return stored_.sign(key); }

  // The text of the key that an idempotent request makes from `nonce`: it can be made again for a
  // repeated request without being kept anywhere.
  std::string derive_key_text(std::string_view nonce) const;
  // 32 bytes that nobody can know without the secret, for another purpose than keys.
  std::string derive_bytes(std::string_view what) const;
  // Tells secrets apart without telling what they are; kept in the database.
  std::string fingerprint() const;

 private:
  crypto::HmacKey stored_;
  crypto::HmacKey derived_;
  crypto::HmacKey others_;
};

}  // namespace tandem::identity
