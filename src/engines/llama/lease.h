// Lease: the right to call a running model server, and the promise that it is not unloaded for
// being idle meanwhile. Move-only; ends with its destructor, on any thread. A lease does not keep a
// dying child alive: current() tells, and acquiring again gives the next one.
//   CO_TRY(Lease lease, co_await server.acquire(deadline, &ctx.cancel));
//   … POST to lease.base_url() + "/v1/chat/completions", authorization: Bearer lease.api_key() …
//   resources.cpu_us = lease.cpu_us();
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::engines {

class ServerState;

// One life of a child, as its callers see it. Immutable.
struct ServerAddress {
  std::string base_url;  // "http://127.0.0.1:40123"
  std::string api_key;   // made for this life; without it the child refuses all but /health
  pid_t pid = -1;
  uint64_t life = 0;  // counts the starts of this model
};

class Lease {
 public:
  // Made by ServerState, which has counted it.
  Lease(std::shared_ptr<ServerState> state, std::shared_ptr<const ServerAddress> address,
        int64_t share_at_start_ns);
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  const std::string& base_url() const { return address_->base_url; }
  const std::string& api_key() const { return address_->api_key; }
  pid_t pid() const { return address_->pid; }
  bool current() const;  // false: that child has ended

  // CPU time that the child spent for this call so far, in microseconds: what it used while several
  // calls ran is divided evenly among them, so the shares never sum to more than its total.
  int64_t cpu_us() const;

 private:
  std::shared_ptr<ServerState> state_;  // null: moved from
  std::shared_ptr<const ServerAddress> address_;
  int64_t share_at_start_ns_;
};

}  // namespace tandem::engines
