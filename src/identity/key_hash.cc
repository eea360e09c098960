#include "identity/key_hash.h"

#include "base/crypto/random.h"
#include "base/text/encode.h"
#include "identity/errors.h"
#include "identity/key_text.h"
#include "identity/secret_file.h"

namespace tandem::identity {
namespace {

constexpr size_t kSecretBytes = 32;

// One secret, several uses: each has a key of its own, so that no output of one serves in another.
crypto::Digest subkey(std::span<const uint8_t> secret, std::string_view use) {
  return crypto::HmacKey(secret).sign(use);
}

std::string new_secret() {
  std::array<uint8_t, kSecretBytes> bytes;
  crypto::fill_random(bytes);
  std::string hex = text::to_hex(bytes);
  crypto::wipe(bytes);
  return hex;
}

}  // namespace

KeyHasher::KeyHasher(std::span<const uint8_t> secret)
    : stored_(subkey(secret, "tandem key hash 1")),
      derived_(subkey(secret, "tandem key text 1")),
      others_(subkey(secret, "tandem derived secret 1")) {}

Result<std::unique_ptr<KeyHasher>> KeyHasher::open(const std::string& path) {
  TRY(const SecretFile file, read_or_create_secret(path, new_secret));
  return from_hex(file.content, path);
}

Result<std::unique_ptr<KeyHasher>> KeyHasher::from_hex(std::string_view hex,
                                                       std::string_view where) {
  auto secret = text::from_hex(hex);
  if (!secret || secret->size() != kSecretBytes) return fail(errors::secret_file_malformed(where));
  auto hasher = std::make_unique<KeyHasher>(crypto::bytes_of(*secret));
  crypto::wipe({reinterpret_cast<uint8_t*>(secret->data()), secret->size()});
  return hasher;
}

std::string KeyHasher::derive_key_text(std::string_view nonce) const {
  return key_text_of(derived_.sign(nonce));
}

std::string KeyHasher::derive_bytes(std::string_view what) const {
  const crypto::Digest digest = others_.sign(what);
  return {digest.begin(), digest.end()};
}

std::string KeyHasher::fingerprint() const {
  const auto whole = stored_.sign("fingerprint");
  return text::to_hex(std::span(whole).first(8));
}

}  // namespace tandem::identity
