// LlamaServer: one generative or embedding model, served by a llama-server child that is started
// when a call needs it, restarted when it dies (with growing pauses, and not for ever), stopped
// when it is idle, and never left behind. Owned by app, one per model; destroyed before its
// Supervisor and before the io threads of its callers. Every method on any thread.
//   LlamaServer server(supervisor, options);
//   CO_TRY(Lease lease, co_await server.acquire(deadline, &ctx.cancel));
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/async/cancel.h"
#include "base/async/task.h"
#include "base/clock.h"
#include "base/result.h"
#include "engines/llama/lease.h"
#include "engines/llama/options.h"
#include "engines/llama/supervisor.h"

namespace tandem::engines {

enum class ServerPhase : uint8_t {
  Stopped,   // nothing runs; the next call starts it
  Starting,  // the child loads its model
  Ready,
  Stopping,  // asked to end: idle or unloaded
  Waiting,   // it died; the next start comes by itself after a pause
  Resting,   // it died too often; only a call after the pause starts it
};
std::string_view phase_name(ServerPhase phase);

class ServerLife;

// For the API, the UI and metrics.
struct ServerStatus {
  ServerPhase phase = ServerPhase::Stopped;
  pid_t pid = -1;        // -1: none
  std::string base_url;  // empty: not ready
  int64_t leases = 0;
  int64_t waiting = 0;
  uint64_t starts = 0;
  uint64_t deaths = 0;          // ends that nobody asked for
  std::string last_error;       // of the last death
  int64_t cpu_us = 0;           // of all its children so far
  uint64_t resident_bytes = 0;  // of the child that runs
};

class LlamaServer {
 public:
  LlamaServer(Supervisor& supervisor, LlamaOptions options);
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;
  // Refuses who waits and begins to end the child (SIGTERM, then SIGKILL after stop_grace_ms). Does
  // not block, so that the last owner may be an io thread; the Supervisor's destructor waits for
  // it.
  ~LlamaServer();

  // At once where the child is ready; else starts it and waits, as one of many. Unavailable with
  // the child's last words where the start fails (retry_after_s says when the next one may come),
  // DeadlineExceeded, Cancelled, Overloaded. `cancel` may be null.
  Task<Result<Lease>> acquire(Deadline deadline, CancelSource* cancel = nullptr);

  // Ends the child although calls may be running; the next call starts a new one.
  void unload();

  ServerStatus status() const;
  const LlamaOptions& options() const;

  // Blocks until the phase is `phase`; false after `timeout_ms`. For tests and the command line.
  bool wait_for(ServerPhase phase, int64_t timeout_ms) const;

 private:
  Supervisor& supervisor_;
  std::shared_ptr<ServerState> state_;
  std::shared_ptr<ServerLife> life_;
};

}  // namespace tandem::engines
