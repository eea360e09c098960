#include "base/crypto/rsa.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace tandem::crypto {
namespace {

constexpr int kFewestBits = 2048;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A key that is encrypted is not asked for its password.
int no_password(char*, int, int, void*) {
  return 0;
}

}  // namespace

Result<std::vector<uint8_t>> sign_rs256(std::string_view pem, std::string_view message) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(
      bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
      EVP_PKEY_get_bits(key.get()) < kFewestBits) {
    return fail(Code::InvalidArgument, "It holds no private RSA key of at least 2048 bits.",
                "Give the key as PEM, as it was downloaded.");
  }
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const uint8_t*>(message.data());
  size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1) {
    return fail(Code::Internal, "The RSA signature could not be made.");
  }
  std::vector<uint8_t> signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, bytes, message.size()) != 1) {
    return fail(Code::Internal, "The RSA signature could not be made.");
  }
  signature.resize(size);
  return signature;
}

}  // namespace tandem::crypto
