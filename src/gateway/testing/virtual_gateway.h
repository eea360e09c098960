// A gateway in virtual time: one endpoint whose queue, plan, breakers, budgets, limits and hedges
// are the real state machines, with targets that fail at random and clients that leave. It walks a
// call the way GovernedCall does and checks, at every step, what must hold whatever happens. One
// seed is one schedule. For tests only.
//   VirtualGateway(seed, calls).run();      // false: `failure()` says what did not hold
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "gateway/attempt_plan.h"
#include "gateway/health/balance.h"
#include "gateway/health/hedge.h"
#include "gateway/health/target_health.h"
#include "gateway/queue/fair_queue.h"

namespace tandem::gateway::testing {

struct SimulationCounts {
  int64_t calls = 0, answered = 0, failed = 0, refused = 0, expired = 0, left = 0;
  int64_t attempts = 0, retries = 0, hedges = 0, kept_away = 0, probes = 0, waited = 0;
};

class VirtualGateway {
 public:
  VirtualGateway(uint64_t seed, int calls) : random_(seed) {
    set_up();
    for (int i = 0; i < calls; ++i) plan_arrival(calls);
  }

  bool run() {
    while (!events_.empty() && failure_.empty()) {
      const Happening next = events_.top();
      events_.pop();
      now_us_ = next.at_us;
      next.what();
      check_always();
    }
    if (failure_.empty()) check_end();
    return failure_.empty();
  }
  const std::string& failure() const { return failure_; }
  const SimulationCounts& counts() const { return counts_; }

 private:
  enum class Phase : uint8_t { Before, Waiting, Going, Over };
  struct Played {  // one attempt
    size_t target = 0;
    bool probe = false;
    bool ended = false;
    SteadyUs begun_us = 0;
  };
  struct Call {
    Phase phase = Phase::Before;
    bool holds_place = false;
    FairQueue::Ticket ticket = 0;
    SteadyUs deadline_us = 0;
    SteadyUs wait_until_us = 0;
    std::optional<AttemptPlan> plan;
    std::optional<Hedge> hedge;
    std::array<std::shared_ptr<Played>, 2> sides;
    std::array<FailureKind, 2> how{};
    std::optional<int64_t> retry_after_ms;
    bool answering = false;
  };
  using CallRef = std::shared_ptr<Call>;
  struct Happening {
    SteadyUs at_us;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Happening& other) const {  // the earliest on top
      return at_us != other.at_us ? at_us > other.at_us : order > other.order;
    }
  };

  int64_t draw(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random_);
  }
  bool chance(int percent) { return draw(1, 100) <= percent; }
  void at(SteadyUs when_us, std::function<void()> what) {
    events_.push({std::max(when_us, now_us_), ++order_, std::move(what)});
  }
  void demand(bool holds, const char* what) {
    if (!holds && failure_.empty()) failure_ = what;
  }

  void set_up() {
    targets_ = std::deque<TargetHealth>(static_cast<size_t>(draw(1, 4)));
    fallbacks_ = targets_.size() > 1 ? static_cast<size_t>(draw(0, 1)) : 0;
    retries_.max = draw(0, 2);
    retries_.budget_percent = draw(0, 50);
    breaker_.enabled = chance(85);
    breaker_.min_calls = draw(2, 10);
    breaker_.window_ms = draw(500, 5'000);
    breaker_.open_ms = draw(50, 1'000);
    breaker_.longest_open_ms = breaker_.open_ms * draw(1, 4);
    breaker_.probes = draw(1, 3);
    if (chance(60)) limit_.max = draw(1, 5);
    limit_.adaptive = limit_.enabled() && chance(50);
    hedge_after_us_ = chance(40) ? draw(5, 80) * 1000 : 0;
    total_us_ = draw(200, 2'000) * 1000;
    queued_ = chance(75);
    max_calls_ = chance(70) ? draw(1, 5) : INT64_MAX;
    max_wait_us_ = draw(20, 800) * 1000;
    wanted_ = {max_calls_, draw(0, 8), max_wait_us_ / 2};
    (void)queue_.set_limits(limits(), 0);
    for (size_t i = 0; i < targets_.size(); ++i) bad_.push_back(static_cast<int>(draw(0, 3)));
  }

  FairQueue::Limits limits() const {
    FairQueue::Limits now = wanted_;
    int64_t sum = limit_.enabled() ? 0 : INT64_MAX;
    for (size_t i = 0; limit_.enabled() && i < targets_.size() - fallbacks_; ++i) {
      sum += targets_[i].capacity(limit_);
    }
    now.capacity = std::min(now.capacity, sum);
    return now;
  }

  void plan_arrival(int calls) {
    auto call = std::make_shared<Call>();
    calls_.push_back(call);
    ++counts_.calls;
    const SteadyUs when_us = draw(0, calls * (calls > 100 ? 2'000 : 20'000));
    at(when_us, [this, call] { arrive(call); });
    if (chance(10)) at(when_us + draw(0, 500'000), [this, call] { leave(call); });
  }

  void arrive(const CallRef& call) {
    if (call->phase != Phase::Before) return;
    call->deadline_us = now_us_ + total_us_;
    if (!queued_) return go(call);
    static constexpr std::array<std::string_view, 3> kTenants = {"a", "b", "c"};
    const FairQueue::Arrival arrival{static_cast<Priority>(draw(0, 2)),
                                     kTenants[static_cast<size_t>(draw(0, 2))], draw(1, 4),
                                     draw(1, 1000)};
    const auto answer = queue_.arrive(arrival, now_us_);
    if (answer.displaced) end(waiting_.at(answer.displaced), counts_.refused);
    if (answer.decision == FairQueue::Decision::Full) return end(call, counts_.refused);
    if (answer.decision == FairQueue::Decision::Goes) {
      call->holds_place = true;
      demand(queue_.going() <= queue_.limits().capacity, "one goes where there is a place");
      return go(call);
    }
    call->phase = Phase::Waiting;
    call->ticket = answer.ticket;
    call->wait_until_us = std::min(now_us_ + max_wait_us_, call->deadline_us);
    waiting_[call->ticket] = call;
    ++counts_.waited;
    at(call->wait_until_us, [this, call] {
      if (call->phase != Phase::Waiting) return;
      demand(queue_.leave(call->ticket), "one that waits is in the queue");
      end(call, counts_.expired);
    });
  }

  void leave(const CallRef& call) {
    if (call->phase == Phase::Over) return;
    if (call->phase == Phase::Waiting) queue_.leave(call->ticket);
    if (call->phase == Phase::Going) {
      for (size_t side = 0; side < 2; ++side) stop(call, side);
    }
    if (call->phase != Phase::Over) end(call, counts_.left);
  }

  void end(const CallRef& call, int64_t& how) {
    demand(call->phase != Phase::Over, "a call ends once");
    demand(now_us_ <= call->deadline_us || call->phase == Phase::Before,
           "a call ends by its deadline");
    for (const auto& side : call->sides) demand(!side || side->ended, "its attempts end before");
    if (call->phase == Phase::Waiting) waiting_.erase(call->ticket);
    call->phase = Phase::Over;
    ++how;
    if (std::exchange(call->holds_place, false)) let_go(queue_.release(now_us_));
  }

  void let_go(const std::vector<FairQueue::Ticket>& tickets) {
    demand(tickets.empty() || queue_.going() <= queue_.limits().capacity,
           "no more go than there are places");
    for (const auto ticket : tickets) {
      const CallRef call = waiting_.at(ticket);
      waiting_.erase(ticket);
      demand(now_us_ <= call->wait_until_us, "nobody waits beyond its deadline");
      call->holds_place = true;
      call->phase = Phase::Going;
      at(now_us_, [this, call] {
        if (call->phase == Phase::Going && !call->plan) go(call);
      });
    }
  }

  void go(const CallRef& call) {
    call->phase = Phase::Going;
    const size_t own = targets_.size() - fallbacks_;
    const std::vector<int64_t> weights(own, 1);
    SplitMix64 draws(random_());
    call->plan.emplace(balanced_order(Balance::Weight, weights, {}, draws), fallbacks_, retries_,
                       random_());
    take(call, call->plan->first());
  }

  // The loop of GovernedCall::attempts().
  void take(const CallRef& call, std::optional<AttemptPlan::Step> step) {
    if (call->phase != Phase::Going) return;
    if (!step) return end(call, counts_.failed);
    TargetHealth& health = targets_[step->target];
    if (step->again && !health.may_retry(now_us_)) return take(call, call->plan->pass_over());
    if (step->again) retried_[step->target] += 1;
    const SteadyUs begins_us = now_us_ + step->pause_ms * 1000;
    demand(begins_us <= call->deadline_us, "a pause fits the deadline");
    if (step->pause_ms == 0) return begin(call, *step);
    at(begins_us, [this, call, step] { begin(call, *step); });
  }

  void begin(const CallRef& call, const AttemptPlan::Step& step) {
    if (call->phase != Phase::Going) return;
    const int64_t earns = step.again ? 0 : retries_.budget_percent;
    if (!step.again) first_tries_[step.target] += 1;
    auto played = try_begin(step.target, earns);
    if (!played) {
      ++counts_.kept_away;
      return take(call, call->plan->pass_over());
    }
    if (step.again) ++counts_.retries;
    call->sides = {played, nullptr};
    call->how = {};
    call->answering = false;
    call->hedge.emplace();
    play(call, 0);
    if (hedge_after_us_ == 0 || !call->plan->standby()) return;
    at(now_us_ + hedge_after_us_, [this, call, played] {
      if (call->phase == Phase::Going && call->sides[0] == played && !call->hedge->over()) {
        act(call, call->hedge->waited());
      }
    });
  }

  std::shared_ptr<Played> try_begin(size_t target, int64_t earns) {
    TargetHealth& health = targets_[target];
    const int64_t before = health.load(now_us_).outstanding;
    const Leave leave = health.ask({breaker_, limit_}, earns, now_us_);
    demand(health.load(now_us_).outstanding == before + (leave == Leave::Goes ? 1 : 0),
           "what goes is counted, and nothing else");
    if (leave != Leave::Goes) return nullptr;
    demand(health.state() != Breaker::State::Open, "no call goes where the breaker is open");
    demand(!limit_.enabled() || before < health.capacity(limit_),
           "no more calls at a target than it takes");
    auto played = std::make_shared<Played>();
    played->target = target;
    played->begun_us = now_us_;
    played->probe = health.state() == Breaker::State::HalfOpen;
    if (played->probe) {
      ++counts_.probes;
      demand(++probing_[target] <= breaker_.probes, "so many probes at a time");
    }
    ++counts_.attempts;
    return played;
  }

  // Decides what becomes of an attempt and when.
  void play(const CallRef& call, size_t side) {
    const auto played = call->sides[side];
    if (chance(5)) bad_[played->target] = static_cast<int>(draw(0, 3));
    const int fails = std::array{0, 10, 60, 100}[static_cast<size_t>(bad_[played->target])];
    static constexpr std::array kKinds = {FailureKind::ServerError,   FailureKind::Reset,
                                          FailureKind::Timeout,       FailureKind::RateLimited,
                                          FailureKind::ContextLength, FailureKind::Rejected};
    FailureKind how = FailureKind::None;
    if (chance(fails)) how = kKinds[static_cast<size_t>(draw(0, kKinds.size() - 1))];
    SteadyUs ends_us = now_us_ + draw(1, chance(20) ? 400 : 30) * 1000;
    if (ends_us >= call->deadline_us) {
      ends_us = call->deadline_us;
      how = FailureKind::Timeout;
    }
    if (how == FailureKind::RateLimited && chance(50)) call->retry_after_ms = draw(0, 200);
    if (how == FailureKind::None && chance(50)) {  // a stream begins before it ends
      at(now_us_ + draw(0, ends_us - now_us_), [this, call, side, played] {
        if (!played->ended && call->sides[side] == played && !call->answering) {
          call->answering = true;
          act(call, call->hedge->began(side));
        }
      });
    }
    at(ends_us, [this, call, side, played, how] {
      if (!played->ended && call->sides[side] == played) ended(call, side, how);
    });
  }

  void stop(const CallRef& call, size_t side) {
    const auto& played = call->sides[side];
    if (played && !played->ended) finish(*played, Outcome::Neutral);
  }

  void finish(Played& played, Outcome outcome) {
    demand(!played.ended, "an attempt ends once");
    played.ended = true;
    if (played.probe) --probing_[played.target];
    TargetHealth& health = targets_[played.target];
    const Breaker::State before = health.state();
    (void)health.end(outcome, played.begun_us, now_us_ - played.begun_us, {breaker_, limit_},
                     now_us_);
    // What a breaker counted as probes is forgotten when it opens or closes.
    if (before != health.state()) forget_probes(played.target);
    ++ended_;
    if (queued_ && limit_.adaptive) let_go(queue_.set_limits(limits(), now_us_));
  }

  void forget_probes(size_t target) {
    probing_[target] = 0;
    for (const CallRef& call : calls_) {
      for (const auto& side : call->sides) {
        if (side && side->target == target) side->probe = false;
      }
    }
  }

  void ended(const CallRef& call, size_t side, FailureKind how) {
    const Outcome outcome = how == FailureKind::None          ? Outcome::Success
                            : is_targets_fault(how)           ? Outcome::Failure
                            : how == FailureKind::RateLimited ? Outcome::Refused
                                                              : Outcome::Neutral;
    call->how[side] = how;
    finish(*call->sides[side], outcome);
    act(call, call->hedge->ended(side, how == FailureKind::None));
    if (call->phase == Phase::Going && call->hedge->over()) decide(call);
  }

  void act(const CallRef& call, const Hedge::Action& action) {
    if (action.stop && call->sides[*action.stop] && !call->sides[*action.stop]->ended) {
      const size_t side = *action.stop;
      call->how[side] = FailureKind::Cancelled;
      finish(*call->sides[side], Outcome::Success);
      act(call, call->hedge->ended(side, false));
    }
    if (!action.ask_second) return;
    const size_t target = *call->plan->standby();
    const bool may = targets_[call->sides[0]->target].may_hedge(kHedgePercent, now_us_);
    call->sides[1] = may ? try_begin(target, 0) : nullptr;
    if (!call->sides[1]) return call->hedge->not_asked();
    ++counts_.hedges;
    play(call, 1);
  }

  void decide(const CallRef& call) {
    demand(call->sides[0]->ended, "nothing runs any more");
    demand(!call->sides[1] || call->sides[1]->ended, "neither does the second");
    const FailureKind how = call->how[call->hedge->result()];
    if (how == FailureKind::None) return end(call, counts_.answered);
    if (call->hedge->asked_second()) call->plan->drop_standby();
    const auto retry_after_ms = std::exchange(call->retry_after_ms, std::nullopt);
    take(call, call->plan->next(how, retry_after_ms, (call->deadline_us - now_us_) / 1000));
  }

  void check_always() {
    demand(queue_.waiting() <= wanted_.max_waiting, "the queue is bounded");
    demand(queue_.waiting() == 0 || queue_.going() >= queue_.limits().capacity,
           "nobody waits while a place is free");
    demand(static_cast<int64_t>(waiting_.size()) == queue_.waiting(), "every waiter is known");
  }

  void check_end() {
    const auto& c = counts_;
    demand(c.answered + c.failed + c.refused + c.expired + c.left == c.calls, "every call ends");
    demand(ended_ == c.attempts, "every attempt ends");
    demand(queue_.going() == 0 && queue_.waiting() == 0, "no place is left behind");
    for (size_t i = 0; i < targets_.size(); ++i) {
      demand(targets_[i].load(now_us_).outstanding == 0, "no call is left at a target");
      // In tries: a share of the first ones, ten a second, and a reserve of a hundred.
      const double budget = static_cast<double>(first_tries_[i] * retries_.budget_percent) / 100 +
                            static_cast<double>(now_us_) / 1e5 + 100;
      demand(static_cast<double>(retried_[i]) <= budget, "further tries are within their budget");
    }
  }

  static constexpr int64_t kHedgePercent = 10;
  std::mt19937_64 random_;
  std::deque<TargetHealth> targets_;
  size_t fallbacks_ = 0;
  RetriesConfig retries_;
  BreakerConfig breaker_;
  ConcurrencyConfig limit_;
  SteadyUs hedge_after_us_ = 0, total_us_ = 0, max_wait_us_ = 0;
  bool queued_ = false;
  int64_t max_calls_ = INT64_MAX;
  FairQueue::Limits wanted_;
  FairQueue queue_;
  std::vector<int> bad_;  // how bad each target is at the moment

  SteadyUs now_us_ = 1'000'000;
  uint64_t order_ = 0;
  std::priority_queue<Happening> events_;
  std::vector<CallRef> calls_;
  std::map<FairQueue::Ticket, CallRef> waiting_;
  std::array<int64_t, 8> probing_{}, first_tries_{}, retried_{};
  int64_t ended_ = 0;
  SimulationCounts counts_;
  std::string failure_;
};

}  // namespace tandem::gateway::testing
