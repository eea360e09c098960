// What one worker measured, and the sum over workers as one line of JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "loadgen/histogram.h"
#include "loadgen/options.h"
#include "loadgen/stream_meter.h"

namespace tandem::bench {

enum class Failure : uint8_t {
  Connect, Reset, Cut, Timeout, NotHttp, Status, BrokenStream, kCount
};

struct Results {
  Histogram latency;  // of whole answers with the expected status
  StreamStats streams;
  std::array<uint64_t, static_cast<size_t>(Failure::kCount)> failures{};
  std::array<uint64_t, 600> statuses{};
  uint64_t answered = 0;  // measured, good or bad
  uint64_t bytes_in = 0;  // from the server, heads included
  uint64_t bytes_out = 0;
  uint64_t reconnects = 0;  // an idle keep-alive connection was closed by the server
  uint64_t unsent = 0;      // open loop: due, but every connection was busy until the end
  uint64_t first_ns = 0;    // of the measured part
  uint64_t last_ns = 0;

  void fail(Failure failure) { ++failures[static_cast<size_t>(failure)]; }
  uint64_t errors() const;
  void merge(const Results& other);
};

std::string to_json(const Results& results, const Options& options);

}  // namespace tandem::bench
