// Random bytes from the kernel, fit for keys. Any thread.
//   std::array<uint8_t, 32> secret;
//   crypto::fill_random(secret);
#pragma once

#include <cstdint>
#include <span>

namespace tandem::crypto {

// getrandom(2). A kernel that cannot give random bytes ends the process: no key may be guessable.
void fill_random(std::span<uint8_t> out);

}  // namespace tandem::crypto
