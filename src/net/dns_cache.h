// Names to addresses, remembered for 30 s (60 s longer where the resolver fails). One per io
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/async/io_threads.h"
#include "base/result.h"

namespace tandem::net {

struct Endpoint {
  std::string address;  // numeric
  uint16_t port;
};

class DnsCache {
 public:
  explicit DnsCache(IoThread& thread);
  ~DnsCache();

  // Addresses in the resolver's order. UpstreamError where the name is unknown.
  Task<Result<std::vector<Endpoint>>> resolve(const std::string& host, const std::string& port);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::net
