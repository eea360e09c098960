// What one run of the load generator does. Filled from the command line by parse_options; read
// only afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "wire/socket.h"

namespace tandem::bench {

struct Options {
  std::string target;  // host:port, loopback only
  Address address;
  std::string request;  // the bytes of one request, head and body
  uint32_t connections = 1;
  uint32_t threads = 1;
  double rate = 0;  // requests/s over all threads; 0: closed loop
  uint64_t warmup_requests = 0;
  uint64_t warmup_ns = 0;
  uint64_t count = 0;        // measured requests; 0: bounded by duration alone
  uint64_t duration_ns = 0;  // of the measured part
  uint64_t ramp_ns = 0;      // connections start spread over this long
  uint64_t timeout_ns = 0;   // of one request
  uint64_t stall_ns = 0;
  int expect_status = 200;
  bool new_connections = false;  // one connection a request instead of keep-alive
};

// Exits with 64 and a sentence when the command line makes no sense.
Options parse_options(int argc, char** argv);

}  // namespace tandem::bench
