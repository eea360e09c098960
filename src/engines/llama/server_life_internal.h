// ServerLife: the one task that starts the child of a model, watches it, and decides what follows
// its end. Lives on the supervisor's thread; every method runs there.
#pragma once

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/async/scope.h"
#include "engines/llama/child.h"
#include "engines/llama/output_lines.h"
#include "engines/llama/restart_policy.h"
#include "engines/llama/server_state_internal.h"

namespace tandem::engines {

class ServerLife {
 public:
  ServerLife(IoContext& io, std::shared_ptr<ServerState> state);
  ServerLife(const ServerLife&) = delete;
  ServerLife& operator=(const ServerLife&) = delete;

  void demand();       // a call waits
  void end_child();    // as asked; the next demand starts another
  Task<void> close();  // ends the child and returns when nothing runs any more

 private:
  using Stream = boost::asio::posix::basic_stream_descriptor<Executor>;

  struct Served {
    bool asked = false;                   // its end was asked for
    std::optional<SteadyUs> ready_since;  // nullopt: it never was
    uint16_t port = 0;
    std::string how;
    std::optional<Error> not_started;  // the program could not be executed
  };

  Task<void> run();
  Task<Served> serve_once();
  Task<void> wait_until_ready(Served& served);
  Task<void> watch_until_ended(Served& served);
  Task<bool> hangs(uint16_t port);
  Task<void> sleep_until(std::chrono::steady_clock::time_point time);
  ChildSpec spec();
  void watch_exit();
  void read_output();
  void drain_output();
  void watch_idle(int64_t in_us);
  void log_line(std::string_view line);
  Error describe_death(const Served& served, int64_t wait_us) const;

  IoContext& io_;
  std::shared_ptr<ServerState> state_;
  const LlamaOptions& options_;
  Scope scope_;
  RestartPolicy policy_;
  bool running_ = false;  // run() is under way
  bool closing_ = false;
  bool restart_wanted_ = false;  // after a death, without a call that waits

  // Of the child that runs.
  pid_t pid_ = -1;
  uint64_t life_ = 0;
  bool exited_ = false;
  bool asked_ = false;
  std::string api_key_;
  Stream exit_stream_;
  Stream output_stream_;
  std::array<char, 4096> output_buffer_{};
  OutputLines lines_;

  Timer wake_;  // run() sleeps on it; whoever has news cancels it
  Timer kill_;
  Timer idle_;
};

}  // namespace tandem::engines
