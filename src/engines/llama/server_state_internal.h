// ServerState: what the callers of a model and the supervisor's thread share, behind one mutex: the
// phase, who holds a lease, who waits for one, and whose CPU time it was. Kept alive by its
// LlamaServer, by leases and by the life of a child. Any thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engines/llama/llama_server.h"

namespace tandem::engines {

using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// One call that waits for a start; touched only on the caller's io thread.
struct Waiter {
  Waiter(Executor its_executor, Timer& its_timer)
      : executor(std::move(its_executor)), timer(&its_timer) {}

  Executor executor;
  Timer* timer;  // of the caller's frame; null once the caller has gone on
  std::optional<Result<Lease>> outcome;
};

class ServerState : public std::enable_shared_from_this<ServerState> {
 public:
  explicit ServerState(LlamaOptions options) : options_(std::move(options)) {}

  const LlamaOptions& options() const { return options_; }

  // For callers.
  std::optional<Lease> lease_if_ready();
  // Adds `waiter`, or says why waiting is useless: closed, too many, resting, or the next start
  // comes after `deadline`. A server that became ready meanwhile answers the waiter at once.
  Result<void> join(const std::shared_ptr<Waiter>& waiter, Deadline deadline, SteadyUs now_us);
  void leave(const std::shared_ptr<Waiter>& waiter);
  bool wait_for(ServerPhase phase, int64_t timeout_ms) const;
  ServerStatus status();

  // For leases.
  void release(uint64_t life);
  bool is_current(uint64_t life) const;
  int64_t share_ns();

  // For the life of the child, on the supervisor's thread.
  uint64_t starting(pid_t pid);  // a child runs; returns the number of its life
  void ready(std::shared_ptr<const ServerAddress> address);
  void stopping();
  // nullopt: nobody has used the server for `idle_us`; it is Stopping now and must be ended. Else
  // how long until that may be so.
  std::optional<int64_t> stop_if_idle(int64_t idle_us, SteadyUs now_us);
  // The child has ended (or never started): `cpu_us` is what it used in its life.
  void ended(int64_t cpu_us);
  void died(const Error& reason);
  // Waiting or Resting.
  void pausing(ServerPhase phase, SteadyUs next_start_us, int deaths_in_a_row);
  void stopped();
  bool has_waiters() const;
  void refuse_waiters(const Error& reason);
  void close();  // refuses who waits and whoever comes

 private:
  void account();
  Lease make_lease();
  static void answer(const std::shared_ptr<Waiter>& waiter, Result<Lease> outcome);
  void set_phase(ServerPhase phase);

  const LlamaOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable phase_changed_;
  ServerPhase phase_ = ServerPhase::Stopped;
  bool closed_ = false;
  std::shared_ptr<const ServerAddress> address_;  // null unless Ready
  pid_t pid_ = -1;
  uint64_t life_ = 0;
  uint64_t deaths_ = 0;
  int deaths_in_a_row_ = 0;
  Error last_error_;
  SteadyUs next_start_us_ = 0;
  std::list<std::shared_ptr<Waiter>> waiters_;

  int64_t leases_ = 0;  // of the current life
  SteadyUs last_used_us_ = 0;
  int64_t cpu_seen_us_ = 0;    // of the current life, when it was last looked at
  int64_t cpu_before_us_ = 0;  // of earlier lives
  int64_t share_ns_ = 0;       // grows by (CPU time used) / (leases at that time)
};

}  // namespace tandem::engines
