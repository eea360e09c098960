#include "base/crypto/hash.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_*, for HmacKey
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

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

// The plain functions and not EVP: their state can be copied, so that a signature costs two blocks
// instead of four and nothing of EVP's dispatch.
struct HmacKey::Started {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

HmacKey::HmacKey(std::span<const uint8_t> key) : started_(std::make_unique<Started>()) {
  constexpr size_t kBlockBytes = 64;
  std::array<uint8_t, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    const Digest shorter = sha256(key);
    std::memcpy(block.data(), shorter.data(), shorter.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (uint8_t& byte : block) byte ^= 0x36;
  SHA256_Init(&started_->inner);
  SHA256_Update(&started_->inner, block.data(), block.size());
  for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  SHA256_Init(&started_->outer);
  SHA256_Update(&started_->outer, block.data(), block.size());
  wipe(block);
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(started_.get(), sizeof(Started));
}

Digest HmacKey::sign(std::span<const uint8_t> message) const {
  Digest digest;
  SHA256_CTX hash = started_->inner;
  SHA256_Update(&hash, message.data(), message.size());
  SHA256_Final(digest.data(), &hash);
  hash = started_->outer;
  SHA256_Update(&hash, digest.data(), digest.size());
  SHA256_Final(digest.data(), &hash);
  return digest;
}

bool equal(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<uint8_t> bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace tandem::crypto
