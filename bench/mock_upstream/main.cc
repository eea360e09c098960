// tandem_bench_mock_upstream: prints {"event":"ready","port":N}, then serves until SIGTERM or
// until --max-seconds are over.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mock_upstream/answers.h"
#include "mock_upstream/server.h"
#include "wire/socket.h"

namespace {

using namespace tandem::bench;

std::atomic<bool> stopping{false};

void on_signal(int) { stopping.store(true); }

struct Options {
  std::string listen = "127.0.0.1:0";
  AnswerOptions answers;
  double delay_ms = 0;
  double interval_ms = 20;
  uint32_t threads = 1;
  uint32_t max_seconds = 1800;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--listen", options.listen, "host:port, loopback only; port 0 picks one");
  app.add_option("--response-bytes", options.answers.response_bytes, "of a whole chat answer");
  app.add_option("--deltas", options.answers.deltas, "of a streamed answer");
  app.add_option("--dimensions", options.answers.dimensions, "of an embedding");
  app.add_option("--delay-ms", options.delay_ms, "before an answer or its first event");
  app.add_option("--interval-ms", options.interval_ms, "between deltas");
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 64));
  app.add_option("--max-seconds", options.max_seconds)->check(CLI::Range(1, 86'400));
}

void serve(const Options& options) {
  const Answers answers(options.answers);
  const Pace pace{.delay_ns = static_cast<uint64_t>(options.delay_ms * 1e6),
                  .interval_ns = static_cast<uint64_t>(options.interval_ms * 1e6)};
  Counters counters;
  std::vector<std::unique_ptr<Server>> servers;
  servers.push_back(
      std::make_unique<Server>(loopback_address(options.listen), answers, pace, counters));
  const uint16_t port = servers.front()->port();
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  while (servers.size() < options.threads) {
    servers.push_back(std::make_unique<Server>(
        loopback_address(fmt::format("{}:{}", host, port)), answers, pace, counters));
  }
  std::printf("{\"event\":\"ready\",\"port\":%u}\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  std::vector<std::thread> threads;
  for (size_t i = 1; i < servers.size(); ++i) {
    threads.emplace_back([&server = *servers[i]] { server.run(stopping); });
  }
  servers[0]->run(stopping);
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"An OpenAI-compatible provider with a stable cost per answer."};
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  std::signal(SIGALRM, on_signal);
  stop_by_itself(options.max_seconds);
  raise_descriptor_limit();
  try {
    serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mock_upstream: %s\n", error.what());
    return 64;
  }
  return 0;
}
