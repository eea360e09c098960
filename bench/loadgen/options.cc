#include "loadgen/options.h"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace tandem::bench {

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr double kMaxSeconds = 900;

struct RequestParts {
  std::string method = "POST";
  std::string path = "/v1/chat/completions";
  std::string body;
  std::string body_file;
  std::vector<std::string> headers;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string build_request(const RequestParts& parts, const Options& options) {
  const std::string body = parts.body_file.empty() ? parts.body : read_file(parts.body_file);
  std::string request = parts.method + " " + parts.path + " HTTP/1.1\r\nHost: " + options.target +
                        "\r\n";
  bool has_type = false;
  for (const std::string& header : parts.headers) {
    request += header + "\r\n";
    has_type = has_type || header.starts_with("Content-Type:") ||
               header.starts_with("content-type:");
  }
  if (parts.method != "GET") {
    request += has_type ? "" : "Content-Type: application/json\r\n";
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  request += options.new_connections ? "Connection: close\r\n\r\n" : "\r\n";
  return request + body;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  RequestParts parts;
  double warmup_s = 0;
  double duration_s = 0;
  double ramp_ms = 0;
  double timeout_ms = 30'000;
  double stall_ms = 50;
  CLI::App app{"Loads one HTTP/1.1 server on this machine and prints what it measured as JSON."};
  app.add_option("target", options.target, "host:port, loopback only")->required();
  app.add_option("-c,--connections", options.connections)->check(CLI::Range(1, 20'000));
  app.add_option("-t,--threads", options.threads)->check(CLI::Range(1, 64));
  app.add_option("--rate", options.rate, "requests/s (open loop); 0: as fast as answers come")
      ->check(CLI::Range(0.0, 1e7));
  app.add_option("-n,--count", options.count, "stop after so many measured requests");
  app.add_option("-d,--duration", duration_s, "seconds")->check(CLI::Range(0.0, kMaxSeconds));
  app.add_option("--warmup", warmup_s, "seconds before measuring")->check(CLI::Range(0.0, 60.0));
  app.add_option("--warmup-count", options.warmup_requests, "requests before measuring");
  app.add_option("--ramp-ms", ramp_ms, "start the connections spread over this time");
  app.add_option("--timeout-ms", timeout_ms, "of one request")->check(CLI::Range(1.0, 900e3));
  app.add_option("--stall-ms", stall_ms, "a longer gap between events is a stall");
  app.add_option("--expect-status", options.expect_status, "any other status is an error");
  app.add_flag("--new-connections", options.new_connections, "one connection for each request");
  app.add_option("--method", parts.method);
  app.add_option("--path", parts.path);
  app.add_option("-H,--header", parts.headers, "\"name: value\"; may be repeated");
  app.add_option("--body", parts.body);
  app.add_option("--body-file", parts.body_file, "the body's bytes, whatever they are");
  try {
    app.parse(argc, argv);
    options.address = loopback_address(options.target);
    if (options.count == 0 && duration_s <= 0) {
      throw std::invalid_argument("give --count, --duration or both: a run must end by itself");
    }
    options.threads = std::min(options.threads, options.connections);
    options.request = build_request(parts, options);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 64);
  } catch (const std::exception& error) {
    std::cerr << "loadgen: " << error.what() << "\n";
    std::exit(64);
  }
  options.warmup_ns = static_cast<uint64_t>(warmup_s * 1e9);
  options.duration_ns = static_cast<uint64_t>((duration_s > 0 ? duration_s : kMaxSeconds) * 1e9);
  options.ramp_ns = static_cast<uint64_t>(ramp_ms * kNsPerMs);
  options.timeout_ns = static_cast<uint64_t>(timeout_ms * kNsPerMs);
  options.stall_ns = static_cast<uint64_t>(stall_ms * kNsPerMs);
  return options;
}

}  // namespace tandem::bench
