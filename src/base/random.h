// Random numbers that are no secrets: ids, jitter, draws by weight. Secrets come from
// base/crypto/random.h.
//   SplitMix64 random(random_bits());
//   std::uniform_int_distribution<int>(0, 9)(random);
#pragma once

#include <cstdint>

namespace tandem {

// 64 random bits from an engine of the calling thread, seeded by the system. Any thread.
uint64_t random_bits();

// A generator whose whole state is its 64-bit seed, so that making one costs nothing; a uniform
// random bit generator in the sense of <random>. Source: Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", OOPSLA 2014.
class SplitMix64 {
 public:
  using result_type = uint64_t;
  explicit SplitMix64(uint64_t seed) : state_(seed) {}
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace tandem
