// Speed and memory of the secret scanner. The whole texts are a chat of plain sentences with some
// code; the deltas are its words.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include "guard/stream_scanner.h"

namespace tandem::guard {
namespace {

std::shared_ptr<const SecretScanner> scanner() {
  static const auto shared = *SecretScanner::create();
  return shared;
}

std::shared_ptr<const CompiledPolicy> redact_all() {
  static const auto shared = *compile_policy(Policy{});
  return shared;
}

std::string chat(size_t bytes) {
  static const std::string once = [] {
    std::ifstream file(TANDEM_GUARD_TESTDATA "/chat.txt");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  std::string text;
  while (text.size() < bytes) text += once;
  text.resize(bytes);
  return text;
}

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

void create(benchmark::State& state) {
  const size_t before = resident_bytes();
  std::shared_ptr<const SecretScanner> first = *SecretScanner::create();
  state.counters["resident_kib"] = static_cast<double>(resident_bytes() - before) / 1024;
  for (auto _ : state) benchmark::DoNotOptimize(SecretScanner::create());
}
BENCHMARK(create)->Unit(benchmark::kMillisecond);

void scan_whole(benchmark::State& state) {
  const std::string text = chat(static_cast<size_t>(state.range(0)));
  const auto secrets = scanner();
  for (auto _ : state) benchmark::DoNotOptimize(secrets->scan(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(scan_whole)->Arg(64)->Arg(1024)->Arg(16 * 1024)->Arg(1024 * 1024);

// A fixed number of bytes a delta; the stream is renewed when its text is through.
void feed_deltas(benchmark::State& state) {
  const std::string text = chat(64 * 1024);
  const size_t size = static_cast<size_t>(state.range(0));
  StreamScanner stream(scanner(), redact_all());
  size_t at = 0, most = 0;
  for (auto _ : state) {
    if (at + size > text.size()) {
      state.PauseTiming();
      stream = StreamScanner(scanner(), redact_all());
      at = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(stream.feed(std::string_view(text).substr(at, size)));
    at += size;
    most = std::max(most, stream.held_bytes());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
  state.counters["most_held"] = static_cast<double>(most);
}
BENCHMARK(feed_deltas)->Arg(1)->Arg(5)->Arg(20)->Arg(100);

void open_stream(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(StreamScanner(scanner(), redact_all()));
}
BENCHMARK(open_stream);

// Keywords without end: what hostile text can cost.
void scan_hostile(benchmark::State& state) {
  std::string text;
  while (text.size() < 64 * 1024) text += "sk-token=key=secret:password=://a:b";
  const auto secrets = scanner();
  for (auto _ : state) benchmark::DoNotOptimize(secrets->scan(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(scan_hostile);

}  // namespace
}  // namespace tandem::guard
