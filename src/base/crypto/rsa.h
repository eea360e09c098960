// Signatures with an RSA key (RS256: RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3), over
// OpenSSL 3. About a millisecond for a key of 2048 bits. Pure; any thread.
//   TRY(const auto signature, crypto::sign_rs256(pem, message));
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::crypto {

// `pem` is a private key, PKCS#8 or PKCS#1. InvalidArgument where it is none, or no RSA key of at
// least 2048 bits; the error never quotes it.
Result<std::vector<uint8_t>> sign_rs256(std::string_view pem, std::string_view message);

}  // namespace tandem::crypto
