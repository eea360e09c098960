#include "base/async/scope.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cassert>

#include "base/async/token.h"
#include "base/log.h"

namespace tandem {

using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Scope::State {
  explicit State(IoContext& context)
      : io(context), ended(context.get_executor(), std::chrono::steady_clock::time_point::max()) {}
  IoContext& io;
  size_t running = 0;
  Timer ended;  // cancelled when the last task ends
};

Scope::Scope(IoContext& io) : state_(std::make_shared<State>(io)) {}

Scope::~Scope() {
  assert(state_->running == 0 || state_->io.stopped());
}

void Scope::spawn(Task<void> task) {
  ++state_->running;
  boost::asio::co_spawn(state_->io, std::move(task), [state = state_](std::exception_ptr error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& exception) {
        log::error("async", "a task ended with an exception: {}", exception.what());
      }
    }
    if (--state->running == 0) state->ended.cancel();
  });
}

size_t Scope::running() const {
  return state_->running;
}

Task<void> Scope::join() {
  auto state = state_;
  while (state->running > 0) {
    auto [ignored] = co_await state->ended.async_wait(kToken);
    (void)ignored;
  }
}

}  // namespace tandem
