#include "base/crypto/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace tandem::crypto {

void fill_random(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      std::fputs("getrandom failed; no random bytes can be had from this kernel.\n", stderr);
      std::abort();
    }
    out = out.subspan(static_cast<size_t>(count));
  }
}

}  // namespace tandem::crypto
