#include <benchmark/benchmark.h>

#include "identity/authenticator.h"
#include "identity/key_text.h"
#include "identity/rate_limits.h"

namespace tandem::identity {
namespace {

// A server with 100,000 keys; some of their texts.
struct Server {
  KeyHasher hasher{crypto::bytes_of("0123456789abcdef0123456789abcdef")};
  KeyTable table;
  Authenticator authenticator{table, hasher};
  std::vector<std::string> texts;

  Server() {
    const auto endpoints =
        std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"chat", "draft"});
    std::vector<KeyTable::Change> changes;
    for (int n = 0; n < 100'000; ++n) {
      std::string text = make_key_text();
      KeyEntry entry;
      entry.hash = hasher.hash(text);
      entry.principal.key = KeyId::make("key");
      entry.principal.key_name = "a service of the support desk";
      entry.principal.project = ProjectId("support");
      entry.principal.endpoints = endpoints;
      changes.push_back({entry.principal.key, n, entry});
      if (n % 100 == 0) texts.push_back(std::move(text));
    }
    table.apply(std::move(changes));
  }
};

Server& server() {
  static Server instance;
  return instance;
}

void authenticate(benchmark::State& state) {
  Server& s = server();
  size_t i = static_cast<size_t>(state.thread_index());
  for (auto _ : state) {
    const std::string header = "Bearer " + s.texts[i++ % s.texts.size()];
    auto who = s.authenticator.authenticate({.authorization = header}, 1'000'000);
    benchmark::DoNotOptimize(who);
  }
}
BENCHMARK(authenticate)->ThreadRange(1, 2)->UseRealTime();

void authenticate_unknown(benchmark::State& state) {
  Server& s = server();
  const std::string header = "Bearer " + make_key_text();
  for (auto _ : state) {
    auto who = s.authenticator.authenticate({.authorization = header}, 1'000'000);
    benchmark::DoNotOptimize(who);
  }
}
BENCHMARK(authenticate_unknown);

void add_one_key(benchmark::State& state) {
  Server& s = server();
  int64_t n = 1'000'000;
  for (auto _ : state) {
    KeyEntry entry;
    entry.hash = crypto::sha256(std::to_string(++n));
    std::vector<KeyTable::Change> changes;
    changes.push_back({KeyId("key_bench"), n, std::move(entry)});
    s.table.apply(std::move(changes));
  }
}
BENCHMARK(add_one_key);

void limiter_admit_and_correct(benchmark::State& state) {
  static RateLimits limits;
  const KeyId key("key_" + std::to_string(state.thread_index()));
  limits.set(key, {.requests_per_minute = 1'000'000'000, .tokens_per_minute = 1'000'000'000'000});
  SteadyUs now = 0;
  for (auto _ : state) {
    auto admission = limits.admit(key, 500, now += 3);
    limits.correct(*admission, 420);
    benchmark::DoNotOptimize(admission);
  }
}
BENCHMARK(limiter_admit_and_correct)->ThreadRange(1, 2)->UseRealTime();

void limiter_refusal(benchmark::State& state) {
  RateLimits limits;
  const KeyId key("key_1");
  limits.set(key, {.requests_per_minute = 1, .tokens_per_minute = {}});
  (void)limits.admit(key, 0, 0);
  for (auto _ : state) benchmark::DoNotOptimize(limits.admit(key, 0, 1000));
}
BENCHMARK(limiter_refusal);

}  // namespace
}  // namespace tandem::identity
