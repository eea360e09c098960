#include "engines/llama/llama_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/async/token.h"
#include "engines/llama/errors.h"
#include "engines/llama/server_life_internal.h"

namespace tandem::engines {

std::string_view phase_name(ServerPhase phase) {
  switch (phase) {
    case ServerPhase::Stopped:
      return "stopped";
    case ServerPhase::Starting:
      return "starting";
    case ServerPhase::Ready:
      return "ready";
    case ServerPhase::Stopping:
      return "stopping";
    case ServerPhase::Waiting:
      return "waiting";
    case ServerPhase::Resting:
      return "resting";
  }
  return "stopped";
}

LlamaServer::LlamaServer(Supervisor& supervisor, LlamaOptions options)
    : supervisor_(supervisor),
      state_(std::make_shared<ServerState>(std::move(options))),
      life_(std::make_shared<ServerLife>(supervisor.io(), state_)) {}

namespace {

// Keeps `life` until its child has ended; its timers and descriptors then end on their own thread.
Task<void> close_life(std::shared_ptr<ServerLife> life) {
  co_await life->close();
}

}  // namespace

LlamaServer::~LlamaServer() {
  boost::asio::co_spawn(supervisor_.io(), close_life(std::move(life_)), [](std::exception_ptr) {});
}

Task<Result<Lease>> LlamaServer::acquire(Deadline deadline, CancelSource* cancel) {
  if (auto lease = state_->lease_if_ready()) co_return std::move(*lease);
  // `this` may be gone as soon as others can see that somebody waits.
  const auto state = state_;
  auto& supervisor_io = supervisor_.io();
  auto demand = [life = life_] { life->demand(); };
  const std::string& name = state->options().name;
  const SteadyUs now_us = steady_now_us();
  if (cancel && cancel->fired()) co_return fail(llama_errors::cancelled(name));
  if (deadline.passed(now_us)) co_return fail(llama_errors::deadline_passed(name));

  const Executor executor = co_await boost::asio::this_coro::executor;
  using Clock = std::chrono::steady_clock;
  Timer timer(executor, deadline.at_us == INT64_MAX
                            ? Clock::time_point::max()
                            : Clock::time_point(std::chrono::microseconds(deadline.at_us)));
  const auto waiter = std::make_shared<Waiter>(executor, timer);
  CO_TRY_VOID(state->join(waiter, deadline, now_us));
  boost::asio::post(supervisor_io, std::move(demand));

  bool cancelled = false;
  std::optional<CancelCallback> on_cancel;
  if (cancel) {
    on_cancel.emplace(*cancel, [&] {
      cancelled = true;
      timer.cancel();
    });
  }
  if (!cancelled) {
    auto [ignored] = co_await timer.async_wait(kToken);
    (void)ignored;
  }
  waiter->timer = nullptr;
  if (waiter->outcome) co_return *std::move(waiter->outcome);
  state->leave(waiter);
  co_return fail(cancelled ? llama_errors::cancelled(name) : llama_errors::deadline_passed(name));
}

void LlamaServer::unload() {
  boost::asio::post(supervisor_.io(), [life = life_] { life->end_child(); });
}

ServerStatus LlamaServer::status() const {
  return state_->status();
}

const LlamaOptions& LlamaServer::options() const {
  return state_->options();
}

bool LlamaServer::wait_for(ServerPhase phase, int64_t timeout_ms) const {
  return state_->wait_for(phase, timeout_ms);
}

}  // namespace tandem::engines
