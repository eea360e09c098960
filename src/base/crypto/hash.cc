#include "base/crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tandem::crypto {
namespace {

// SHA-256 fails only without memory or with a broken OpenSSL; neither can be answered.
void must(bool holds) {
  if (holds) return;
  std::fputs("OpenSSL cannot compute SHA-256.\n", stderr);
  std::abort();
}

const EVP_MD* algorithm() {
  // Fetched once and kept for the life of the process: a fetch costs more than a hash.
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  must(fetched != nullptr);
  return fetched;
}

EVP_MD_CTX* as_context(void* pointer) {
  return static_cast<EVP_MD_CTX*>(pointer);
}

EVP_MD_CTX* start(EVP_MD_CTX* context) {
  must(EVP_DigestInit_ex2(context, algorithm(), nullptr) == 1);
  return context;
}

void add(EVP_MD_CTX* context, std::span<const uint8_t> bytes) {
  must(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

void end(EVP_MD_CTX* context, Digest& out) {
  must(EVP_DigestFinal_ex(context, out.data(), nullptr) == 1);
}

EVP_MD_CTX* thread_context() {
  struct Owner {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Owner() { EVP_MD_CTX_free(context); }
  };
  thread_local Owner owner;
  must(owner.context != nullptr);
  return owner.context;
}

}  // namespace

Digest sha256(std::span<const uint8_t> bytes) {
  Digest out;
  EVP_MD_CTX* context = start(thread_context());
  add(context, bytes);
  end(context, out);
  return out;
}

void Sha256::Free::operator()(void* context) const {
  EVP_MD_CTX_free(as_context(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  must(context_ != nullptr);
  start(as_context(context_.get()));
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const uint8_t> bytes) {
  add(as_context(context_.get()), bytes);
}

Digest Sha256::finish() {
  Digest out;
  end(as_context(context_.get()), out);
  return out;
}

HmacKey::HmacKey(std::span<const uint8_t> key) {
  std::array<uint8_t, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    const Digest shorter = sha256(key);
    std::memcpy(block.data(), shorter.data(), shorter.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (size_t i = 0; i < kBlockBytes; ++i) {
    inner_[i] = block[i] ^ 0x36;
    outer_[i] = block[i] ^ 0x5c;
  }
  wipe(block);
}

HmacKey::~HmacKey() {
  wipe(inner_);
  wipe(outer_);
}

Digest HmacKey::sign(std::span<const uint8_t> message) const {
  Digest digest;
  EVP_MD_CTX* context = start(thread_context());
  add(context, inner_);
  add(context, message);
  end(context, digest);
  start(context);
  add(context, outer_);
  add(context, digest);
  end(context, digest);
  return digest;
}

bool equal(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<uint8_t> bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace tandem::crypto
