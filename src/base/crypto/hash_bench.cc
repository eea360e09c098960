#include <benchmark/benchmark.h>

#include "base/crypto/hash.h"

namespace tandem::crypto {
namespace {

void sha256_of_50_bytes(benchmark::State& state) {
  const std::string text(50, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(text));
}
BENCHMARK(sha256_of_50_bytes);

void hmac_of_50_bytes(benchmark::State& state) {
  const HmacKey key(bytes_of("a secret of thirty-two bytes, ok"));
  const std::string text(50, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(key.sign(text));
}
BENCHMARK(hmac_of_50_bytes);

void sha256_of_1_mib(benchmark::State& state) {
  const std::string text(1 << 20, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) << 20);
}
BENCHMARK(sha256_of_1_mib);

}  // namespace
}  // namespace tandem::crypto
