// tandem_bench_loadgen: loads one HTTP/1.1 server on this machine, prints one line of JSON.
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "loadgen/options.h"
#include "loadgen/results.h"
#include "loadgen/worker.h"
#include "wire/clock.h"

namespace {

using namespace tandem::bench;

// Splits `total` over `parts` so that the shares add up to it.
uint64_t share_of(uint64_t total, uint32_t parts, uint32_t index) {
  return total / parts + (index < total % parts ? 1 : 0);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  stop_by_itself(1000);
  raise_descriptor_limit();
  const uint64_t start = now_ns();
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint32_t i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(
        options, Share{.connections = static_cast<uint32_t>(
                           share_of(options.connections, options.threads, i)),
                       .count = share_of(options.count, options.threads, i),
                       .warmup_requests = share_of(options.warmup_requests, options.threads, i),
                       .rate = options.rate / options.threads,
                       .start_ns = start}));
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < workers.size(); ++i) {
    threads.emplace_back([&worker = *workers[i]] { worker.run(); });
  }
  workers[0]->run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  Results results;
  for (const auto& worker : workers) {
    results.merge(worker->results());
  }
  std::puts(to_json(results, options).c_str());
  return results.answered > results.errors() ? 0 : 1;
}
