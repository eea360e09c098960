// The one path of every model call, generative and predictive alike:
//   read → resolve → guard (input) → rate limits → queue → attempts → trace
// An attempt (attempt.h) is reserve → target → guard (output) → settle or release → answer; which
// target is asked next, when a second one is asked beside the first, and who goes on with an answer
// that broke off is decided here. A call is settled before its last byte leaves. Lives on the io
// thread of its connection, for one request.
//   co_return co_await GovernedCall(services, exchange, surface).run();
#pragma once

#include <optional>
#include <vector>

#include "gateway/attempt.h"
#include "gateway/attempt_plan.h"
#include "gateway/call_state.h"
#include "gateway/queue/call_queue.h"

namespace tandem::gateway {

class GovernedCall {
 public:
  GovernedCall(const PathServices& services, net::Exchange& exchange, const Surface& surface,
               CallOrigin origin = {})
      : state_(services, exchange, surface, origin) {}

  // An error that is returned has not been answered yet.
  Task<Result<void>> run();
  // With those before this call.
  int attempts_made() const { return state_.attempts; }

  // Before run(): keeps a copy of the answer.
  void keep_answer() { state_.kept.ask(); }
  // Whether there was a complete answer, though it may not have reached the client.
  bool answered() const { return state_.kept.complete(); }
  std::optional<net::Response> take_answer() { return state_.kept.take(); }

 private:
  Result<void> admit();
  Result<void> take_rate();
  Task<Result<void>> wait_for_turn();
  Task<Result<void>> wait_for_place();
  Task<Result<void>> wait_again();
  Task<Result<void>> attempts();
  Task<Tried> attempt(const AttemptPlan& plan, size_t target, std::optional<Continuation> goes_on);
  CancelSource* client_cancel();
  std::vector<size_t> target_order(uint64_t seed) const;
  Task<void> break_stream(const Error& error);
  Task<Result<void>> pause(int64_t ms);

  CallState state_;
  const Target* last_target_ = nullptr;
  CallQueue::Place place_;  // where the endpoint has a queue: until the call has ended
  Deadline wait_until_;     // the same
  bool found_all_full_ = false;
};

}  // namespace tandem::gateway
