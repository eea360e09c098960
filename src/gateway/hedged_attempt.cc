#include "gateway/hedged_attempt.h"

#include <array>

#include "base/async/deadlines.h"
#include "base/async/event.h"
#include "base/async/scope.h"
#include "gateway/health/hedge.h"

namespace tandem::gateway {
namespace {

class Pair {
 public:
  Pair(CallState& state, Target& first, Target& second, CancelSource* client)
      : state_(state),
        targets_{&first, &second},
        client_(client),
        changed_(state.exchange.thread().io()),
        scope_(state.exchange.thread().io()) {}

  Task<Tried> run() {
    const SteadyUs begun_us = steady_now_us();
    const int64_t waited_us = state_.context.waited_us;
    const int64_t after_ms = state_.config().hedge.after_ms;
    state_.changed = &changed_;
    start(0);
    DeadlineWatch watch(state_.exchange.thread().deadlines(),
                        Deadline::after_ms(after_ms, begun_us), [this] {
                          due_ = true;
                          changed_.notify();
                        });
    while (!hedge_.over()) {
      co_await changed_.wait();
      observe();
    }
    co_await scope_.join();
    state_.changed = nullptr;
    // Two waits at a time are one.
    state_.context.waited_us =
        std::min(state_.context.waited_us, waited_us + steady_now_us() - begun_us);
    Tried tried = std::move(*sides_[hedge_.result()].tried);
    if (hedge_.asked_second() && !tried.outcome) tried.standby_failed = true;
    co_return tried;
  }

 private:
  struct Side {
    CancelSource stop;
    std::optional<CancelCallback> when_client_goes;
    std::optional<Attempt> attempt;
    std::optional<Tried> tried;
    bool is_known = false;  // that it ended
  };

  void start(size_t side) {
    Side& s = sides_[side];
    s.attempt.emplace(state_, *targets_[side]);
    if (client_) s.when_client_goes.emplace(*client_, [&s] { s.stop.fire(); });
    scope_.spawn(play(s));
  }

  Task<void> play(Side& side) {
    side.tried = co_await side.attempt->run(&side.stop);
    changed_.notify();
  }

  void observe() {
    for (size_t side = 0; side < sides_.size(); ++side) {
      Side& s = sides_[side];
      if (s.attempt && state_.answering == &*s.attempt) act(hedge_.began(side));
      if (!s.tried || s.is_known) continue;
      s.is_known = true;
      act(hedge_.ended(side, s.tried->outcome.has_value()));
    }
    if (std::exchange(due_, false)) act(hedge_.waited());
  }

  void act(const Hedge::Action& action) {
    if (action.stop) sides_[*action.stop].stop.fire();
    if (!action.ask_second) return;
    const SteadyUs now_us = steady_now_us();
    const EndpointConfig& config = state_.config();
    const bool may =
        targets_[0]->health().may_hedge(config.hedge.budget_percent, now_us) &&
        targets_[1]->health().begin(state_.endpoint->rules_of(*targets_[1]), 0, now_us);
    if (!may) return hedge_.not_asked();
    start(1);
    state_.trace.hedged(sides_[1].attempt->number(), *targets_[1], config.hedge.after_ms);
    state_.services.metrics
        .counter("tandem_hedges_total", "Calls that a second target was asked for, by the first.",
                 {{"target", targets_[0]->label()}})
        .increment();
  }

  CallState& state_;
  std::array<Target*, 2> targets_;
  CancelSource* client_;
  Event changed_;
  Scope scope_;
  Hedge hedge_;
  std::array<Side, 2> sides_;
  bool due_ = false;
};

}  // namespace

Task<Tried> hedged_attempt(CallState& state, Target& first, Target& second, CancelSource* client) {
  Pair pair(state, first, second, client);
  co_return co_await pair.run();
}

}  // namespace tandem::gateway
