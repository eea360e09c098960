// SHA-256 (FIPS 180-4) over OpenSSL. One thread at a time.
//   Sha256 hash; hash.update(bytes); std::array<uint8_t, 32> digest = hash.finish();
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace tandem::store {

class Sha256 {
 public:
  using Digest = std::array<uint8_t, 32>;

  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const uint8_t> bytes);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::store
