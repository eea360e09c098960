#include "gateway/governed_call.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <random>
#include <utility>

#include "base/async/token.h"
#include "base/random.h"
#include "gateway/errors.h"
#include "gateway/health/balance.h"
#include "gateway/hedged_attempt.h"
#include "gateway/queue/errors.h"
#include "gateway/resolve.h"

namespace tandem::gateway {
namespace {

// As traces do: "redacted" keeps nothing where no guard has read it.
bool keeps_content(const EndpointConfig& config) {
  const bool raw = config.capture == trace::Capture::Redacted && config.guards.empty();
  return trace::keeps_content(config.capture) && !raw;
}

// Less than a millisecond is what it takes to ask.
void note_waited(CallState& state, SteadyUs begun_us) {
  const int64_t waited_us = steady_now_us() - begun_us;
  state.context.waited_us += waited_us;
  if (waited_us >= 1000) state.queued_us += waited_us;
  state.trace.queued(state.queued_us);
}

}  // namespace

Task<Result<void>> GovernedCall::run() {
  Result<void> outcome = admit();
  if (outcome && state_.endpoint->queue) {
    outcome = co_await wait_for_turn();
  } else if (outcome) {
    outcome = take_rate();
  }
  if (outcome) outcome = co_await attempts();
  while (std::exchange(found_all_full_, false) && state_.endpoint->queue &&
         !wait_until_.passed(steady_now_us())) {
    outcome = co_await wait_again();
    if (outcome) outcome = co_await attempts();
  }
  if (!outcome) {
    state_.trace.failed(outcome.error());
    if (state_.endpoint && !state_.exchange.started()) {
      const bool asked = state_.attempts > state_.origin.attempts_before;
      state_.exchange.set_error_headers(call_headers(state_, asked ? last_target_ : nullptr));
    }
  }
  state_.trace.record(state_.services.recorder, state_.call, state_.surface);
  co_return outcome;
}

Result<void> GovernedCall::admit() {
  CallState& s = state_;
  TRY(s.call, s.surface.read(s.exchange));
  if (s.origin.batch) {
    s.call.tier = cost::Tier::Batch;
    s.call.priority = Priority::Low;
  }
  TRY(s.endpoint, resolve(*s.services.catalogs.get(), s.context, s.call));
  TRY_VOID(s.services.guarding.check_input(s.call, s.config(), s.trace.guard_events()));
  s.surface.admitted(s.call, s.config());
  s.trace.about(s.call, *s.endpoint);
  if (!keeps_content(s.config())) s.kept.forget_content();
  s.estimate.input_tokens = s.endpoint->target(0)->count_input_tokens(s.call);
  const bool generates = s.call.kind == CallKind::Chat || s.call.kind == CallKind::Completion;
  if (generates) {
    s.estimate.output_tokens =
        s.call.max_output_tokens.value_or(s.config().default_max_tokens) * s.call.choices;
  }
  if (s.call.kind == CallKind::Predict) s.estimate.rows = call_rows(s.call);
  s.surface.expect(s.call, s.estimate);
  s.context.deadline =
      Deadline::after_ms(s.config().timeouts.total_ms, s.context.started_steady_us);
  TRY(const auto asked, read_priority(s.exchange.request().header(kPriorityHeader)));
  if (!s.call.priority) s.call.priority = asked;
  return {};
}

Result<void> GovernedCall::take_rate() {
  CallState& s = state_;
  TRY(s.admission,
      s.services.rate_limits.admit(s.context.principal.key, limit_subjects(s.context, s.call),
                                   s.estimate.input_tokens + s.estimate.output_tokens,
                                   {steady_now_us(), wall_now_us()}));
  return {};
}

// Waits until the rate limit of the key has room, then until it is this call's turn.
Task<Result<void>> GovernedCall::wait_for_turn() {
  CallState& s = state_;
  CallQueue& queue = *s.endpoint->queue;
  IoThread& thread = s.exchange.thread();
  const std::string_view project = s.context.project().view();
  if (s.call.priority == Priority::High && !s.config().queue.may_be_high(project)) {
    co_return fail(errors::high_not_allowed(s.endpoint->name, project));
  }
  const SteadyUs begun_us = steady_now_us();
  wait_until_ =
      Deadline::after_ms(s.config().queue.max_wait_ms, begun_us).earlier(s.context.deadline);
  Result<void> outcome = take_rate();
  while (!outcome && outcome.error().code == Code::RateLimited && outcome.error().retry_after_s) {
    const int64_t wait_ms = *outcome.error().retry_after_s * 1000;
    if (steady_now_us() + wait_ms * 1000 > wait_until_.at_us) break;
    auto rested = co_await queue.rest(wait_ms, thread, s.context.cancel);
    // Where nobody else may wait, the limit stays what refuses the call.
    if (!rested && rested.error().code == Code::Overloaded) break;
    outcome = rested ? take_rate() : std::move(rested);
  }
  note_waited(s, begun_us);
  if (outcome) outcome = co_await wait_for_place();
  co_return outcome;
}

Task<Result<void>> GovernedCall::wait_for_place() {
  CallState& s = state_;
  const Principal& principal = s.context.principal;
  const CallQueue::Request request{s.call.priority.value_or(Priority::Normal),
                                   principal.project.view(), principal.team.view(),
                                   s.estimate.input_tokens + s.estimate.output_tokens};
  const SteadyUs begun_us = steady_now_us();
  auto place = co_await s.endpoint->queue->enter(request, s.exchange.thread(), s.context.cancel,
                                                 wait_until_);
  note_waited(s, begun_us);
  if (!place) {
    s.services.rate_limits.correct(s.admission, 0);
    co_return fail(std::move(place).error());
  }
  place_ = *std::move(place);
  co_return Result<void>{};
}

// Its turn had come, but the targets were full: a limit was lowered meanwhile, or another endpoint
// uses them, too. It waits once more, a moment first, so that nobody runs in circles.
Task<Result<void>> GovernedCall::wait_again() {
  CallState& s = state_;
  place_ = {};
  const SteadyUs begun_us = steady_now_us();
  SplitMix64 random(random_bits());
  const int64_t moment_ms = std::uniform_int_distribution<int64_t>(5, 25)(random);
  CO_TRY_VOID(co_await s.endpoint->queue->rest(moment_ms, s.exchange.thread(), s.context.cancel));
  note_waited(s, begun_us);
  co_return co_await wait_for_place();
}

// The order in which this call asks the endpoint's targets.
std::vector<size_t> GovernedCall::target_order(uint64_t seed) const {
  SplitMix64 random(seed);
  const Endpoint& endpoint = *state_.endpoint;
  const EndpointConfig& config = endpoint.config;
  std::vector<TargetLoad> loads;
  if (config.balance != Balance::Weight || config.outliers.enabled) {
    const SteadyUs now_us = steady_now_us();
    for (const auto& target : endpoint.targets) {
      TargetLoad load = target->health().load(now_us);
      load.ejected = config.outliers.enabled && target->health().ejected(now_us);
      if (config.balance == Balance::Cost) {
        load.cost_nano_usd =
            state_.services.accountant.quote(target->label(), target->placement(), state_.estimate);
      }
      loads.push_back(load);
    }
  }
  return balanced_order(config.balance, endpoint.weights, loads, random);
}

Task<Result<void>> GovernedCall::attempts() {
  const Endpoint& endpoint = *state_.endpoint;
  const EndpointConfig& config = endpoint.config;
  AttemptPlan plan(target_order(random_bits()), endpoint.fallback.size(), config.retries,
                   random_bits());
  errors::KeptAway kept_away{config.breaker.longest_open_ms};
  Tried tried;
  for (auto step = plan.first(); step;) {
    Target& target = *endpoint.target(step->target);
    if (step->again && !target.health().may_retry(steady_now_us())) {
      step = plan.pass_over();
      continue;
    }
    if (step->pause_ms > 0) CO_TRY_VOID(co_await pause(step->pause_ms));
    const int64_t earns_percent = step->again ? 0 : config.retries.budget_percent;
    const Leave leave =
        target.health().ask(endpoint.rules_of(target), earns_percent, steady_now_us());
    if (leave != Leave::Goes) {
      kept_away.by(leave, target.health().wait_ms(steady_now_us()));
      step = plan.pass_over();
      continue;
    }
    tried = co_await attempt(plan, step->target, std::move(tried.broken_off));
    if (tried.outcome) co_return std::move(tried.outcome);
    if (tried.failure == FailureKind::None) break;  // nobody was asked, nobody else will be
    state_.answering = nullptr;
    if (tried.standby_failed) plan.drop_standby();
    // The client has seen a part of an answer: another target goes on with it, or nobody does.
    const bool begun = state_.exchange.started();
    if (begun && !tried.broken_off) break;
    const int64_t left_ms = (state_.context.deadline.at_us - steady_now_us()) / 1000;
    step = begun ? plan.go_on(tried.failure, left_ms)
                 : plan.next(tried.failure, tried.retry_after_ms, left_ms);
  }
  if (state_.attempts == state_.origin.attempts_before) {
    found_all_full_ = kept_away.full;
    co_return fail(errors::no_target_now(endpoint, kept_away));
  }
  if (state_.exchange.started()) co_await break_stream(tried.outcome.error());
  co_return std::move(tried.outcome);
}

// What stops an attempt when the client goes; null: nothing does.
CancelSource* GovernedCall::client_cancel() {
  // A batch has no client: what stops its lines is the end of the server.
  const bool drains = state_.config().on_client_abort == ClientAbort::Drain && !state_.origin.batch;
  return drains ? nullptr : &state_.context.cancel;
}

// Asks the target, and the one that stands by where the endpoint hedges.
Task<Tried> GovernedCall::attempt(const AttemptPlan& plan, size_t target,
                                  std::optional<Continuation> goes_on) {
  const Endpoint& endpoint = *state_.endpoint;
  Target& first = *endpoint.target(target);
  last_target_ = &first;
  const auto standby = plan.standby();
  if (endpoint.config.hedge.after_ms > 0 && standby && !goes_on) {
    co_return co_await hedged_attempt(state_, first, *endpoint.target(*standby), client_cancel());
  }
  const size_t said = goes_on ? goes_on->said.size() : 0;
  const bool continues = goes_on.has_value();
  Attempt attempt(state_, first, std::move(goes_on));
  if (continues) state_.trace.continued(attempt.number(), first, said);
  co_return co_await attempt.run(client_cancel());
}

// The client has seen a part of the answer: tell it that the rest will not come, without [DONE].
Task<void> GovernedCall::break_stream(const Error& error) {
  if (state_.client_gone || state_.exchange.finished()) co_return;
  std::string said =
      state_.surface.stream_error(error, state_.context.trace.trace_id.hex(),
                                  state_.context.request_id.view(), state_.events_written);
  state_.surface.frame(state_.call, false, true, said);
  (void)co_await state_.exchange.finish(said);
}

Task<Result<void>> GovernedCall::pause(int64_t ms) {
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(state_.exchange.thread().io().get_executor());
  timer.expires_after(std::chrono::milliseconds(ms));
  const SteadyUs begun_us = steady_now_us();
  CancelCallback on_cancel(state_.context.cancel, [&timer] { timer.cancel(); });
  auto [ignored] = co_await timer.async_wait(kToken);
  (void)ignored;
  state_.context.waited_us += steady_now_us() - begun_us;
  if (state_.context.cancel.fired()) co_return fail(errors::client_gone());
  co_return Result<void>{};
}

}  // namespace tandem::gateway
