#include "gateway/governed_call.h"

#include <boost/asio/basic_waitable_timer.hpp>

#include "base/async/token.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/errors.h"
#include "gateway/health/balance.h"
#include "gateway/resolve.h"
#include "gateway/token_estimate.h"
#include "gateway/translation.h"

namespace tandem::gateway {
namespace {

cost::Reason reason_of(FailureKind failure) {
  switch (failure) {
    case FailureKind::RateLimited:
      return cost::Reason::RateLimited;
    case FailureKind::ServerError:
      return cost::Reason::ServerError;
    case FailureKind::Timeout:
      return cost::Reason::Timeout;
    case FailureKind::BadAnswer:
    case FailureKind::TooLarge:
      return cost::Reason::Malformed;
    case FailureKind::Rejected:
    case FailureKind::ContextLength:
      return cost::Reason::Rejected;
    case FailureKind::Cancelled:
      return cost::Reason::Cancelled;
    case FailureKind::Unavailable:
    case FailureKind::Unsupported:
      return cost::Reason::NotSent;
    default:
      return cost::Reason::Reset;
  }
}

bool is_targets_fault(FailureKind failure) {
  switch (failure) {
    case FailureKind::ServerError:
    case FailureKind::Reset:
    case FailureKind::Timeout:
    case FailureKind::BadAnswer:
    case FailureKind::TooLarge:
    case FailureKind::Unavailable:
      return true;
    default:
      return false;
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

GovernedCall::GovernedCall(const PathServices& services, net::Exchange& exchange,
                           const Surface& surface)
    : services_(services),
      exchange_(exchange),
      context_(exchange.context()),
      surface_(surface),
      trace_(exchange.context()) {}

Task<Result<void>> GovernedCall::run() {
  Result<void> outcome = admit();
  if (outcome) outcome = co_await attempts();
  if (!outcome) {
    trace_.failed(outcome.error());
    if (endpoint_) exchange_.set_error_headers(answer_headers(std::nullopt));
  }
  trace_.record(services_.recorder, call_, surface_);
  co_return outcome;
}

Result<void> GovernedCall::admit() {
  TRY(call_, surface_.read(exchange_));
  TRY(endpoint_, resolve(*services_.catalogs.get(), context_, call_));
  TRY_VOID(services_.guarding.check_input(call_, endpoint_->config, trace_.guard_events()));
  trace_.about(call_, *endpoint_);
  const Target& likely = *endpoint_->target(0);
  estimate_.input_tokens = likely.count_input_tokens(call_);
  const bool generates = call_.kind == CallKind::Chat || call_.kind == CallKind::Completion;
  if (generates) {
    estimate_.output_tokens =
        call_.max_output_tokens.value_or(endpoint_->config.default_max_tokens) * call_.choices;
  }
  if (call_.kind == CallKind::Predict) estimate_.rows = call_rows(call_);
  TRY(admission_, services_.rate_limits.admit(context_.principal.key,
                                              estimate_.input_tokens + estimate_.output_tokens,
                                              steady_now_us()));
  return {};
}

// The order in which this call asks the endpoint's targets.
std::vector<size_t> GovernedCall::target_order(uint64_t seed) const {
  SplitMix64 random(seed);
  const Balance balance = endpoint_->config.balance;
  std::vector<TargetLoad> loads;
  if (balance != Balance::Weight) {
    for (const auto& target : endpoint_->targets) {
      loads.push_back(target->health().load(steady_now_us()));
    }
  }
  return balanced_order(balance, endpoint_->weights, loads, random);
}

Task<Result<void>> GovernedCall::attempts() {
  AttemptPlan plan(target_order(random_bits()), endpoint_->fallback.size(),
                   endpoint_->config.retries, random_bits());
  const Deadline deadline =
      Deadline::after_ms(endpoint_->config.timeouts.total_ms, context_.started_steady_us);
  context_.deadline = deadline;
  int64_t wait_ms = endpoint_->config.breaker.longest_open_ms;
  Result<void> outcome;
  for (auto step = plan.first(); step;) {
    Target& target = *endpoint_->target(step->target);
    if (step->again && !target.health().may_retry(steady_now_us())) {
      step = plan.pass_over();
      continue;
    }
    if (step->pause_ms > 0) CO_TRY_VOID(co_await pause(step->pause_ms));
    const int64_t earns_percent = step->again ? 0 : endpoint_->config.retries.budget_percent;
    if (!target.health().begin(endpoint_->config.breaker, earns_percent, steady_now_us())) {
      wait_ms = std::min(wait_ms, target.health().wait_ms(steady_now_us()));
      step = plan.pass_over();
      continue;
    }
    FailureKind failure = FailureKind::None;
    std::optional<int64_t> retry_after_ms;
    const SteadyUs begun_us = steady_now_us();
    answered_us_ = 0;
    outcome = co_await attempt(target, failure, retry_after_ms);
    note_health(target, outcome.has_value(), failure, begun_us);
    if (outcome || failure == FailureKind::None) co_return outcome;
    trace_.attempt_failed(attempt_number_, target, failure, outcome.error().message);
    // Once the client has seen a part of an answer, there is no second try.
    if (exchange_.started()) {
      co_await break_stream(outcome.error());
      co_return outcome;
    }
    step = plan.next(failure, retry_after_ms, (deadline.at_us - steady_now_us()) / 1000);
  }
  if (attempt_number_ == 0) co_return fail(errors::no_target_now(*endpoint_, wait_ms));
  co_return outcome;
}

// Tells the target's breaker and balance how the attempt went, and how long the answer took to
// begin.
void GovernedCall::note_health(const Target& target, bool answered, FailureKind failure,
                               SteadyUs begun_us) const {
  const SteadyUs now_us = steady_now_us();
  const Outcome outcome = answered                    ? Outcome::Success
                          : is_targets_fault(failure) ? Outcome::Failure
                                                      : Outcome::Neutral;
  const SteadyUs answered_us = answered_us_ > 0 ? answered_us_ : now_us;
  const BreakerConfig& breaker = endpoint_->config.breaker;
  if (!target.health().end(outcome, answered_us - begun_us, breaker, now_us)) return;
  log::warn("gateway", "{} failed most of its last calls: no call goes to it for {} ms",
            target.label(), target.health().wait_ms(now_us));
  services_.metrics
      .counter("tandem_breaker_opened_total", "Times that calls were kept away from a target.",
               {{"target", target.label()}})
      .increment();
}

Result<void> GovernedCall::reserve(const Target& target) {
  cost::CallIdentity identity;
  identity.request_id = context_.request_id;
  identity.attempt = attempt_number_;
  identity.trace_id = context_.trace.trace_id;
  identity.project = context_.project();
  identity.key = context_.principal.key;
  identity.user = context_.principal.user;
  identity.team = context_.principal.team;
  identity.endpoint = call_.endpoint;
  identity.target = target.label();
  identity.model = target.model();
  identity.kind = call_kind_name(call_.kind);
  identity.placement = target.placement();
  TRY(reservation_, services_.accountant.reserve(identity, estimate_));
  return {};
}

// One attempt. `failure` says whether another may follow where an error is returned: None means
// that the error is final and nobody was asked.
Task<Result<void>> GovernedCall::attempt(Target& target, FailureKind& failure,
                                         std::optional<int64_t>& retry_after_ms) {
  ++attempt_number_;
  target_ = &target;
  resources_ = {};
  filter_.reset();
  dropped_.clear();
  if (!target.accepts(call_.kind)) {
    failure = FailureKind::Unsupported;
    co_return fail(errors::target_cannot(call_, target));
  }
  if (attempt_number_ > 1) estimate_.input_tokens = target.count_input_tokens(call_);
  const bool drains = endpoint_->config.on_client_abort == ClientAbort::Drain;
  AttemptContext attempt_context{
      context_,           exchange_.thread(), services_.client(exchange_.thread()),
      endpoint_->config,  context_.deadline,  drains ? nullptr : &context_.cancel,
      surface_.dialect(), &dropped_};
  if (target.placement() == cost::Placement::Local) {
    const auto counted = co_await target.ask_input_tokens(call_, attempt_context);
    estimate_.input_tokens = counted.value_or(estimate_.input_tokens);
  }
  CO_TRY_VOID(reserve(target));
  gate_ = services_.guarding.open_gate(endpoint_->config, trace_.guard_events());
  if (call_.stream) filter_ = open_stream();
  AttemptResult result = co_await target.attempt(call_, attempt_context, *this);
  resources_ = result.resources;
  retry_after_ms = result.retry_after_ms;
  // Every choice has ended: only the provider's good-bye is missing.
  if (result.failure == FailureKind::Reset && filter_ && filter_->complete()) {
    result.failure = FailureKind::None;
    result.streamed = true;
  }
  if (result.failure == FailureKind::None && result.streamed && !filter_->done() &&
      !filter_->complete()) {
    result.failure = FailureKind::Reset;
    result.error = Error(Code::UpstreamError, target.label() + " ended its stream too early.");
  }
  if (result.failure != FailureKind::None) {
    failure = result.failure;
    end_failed_attempt(failure, result.resources);
    // Who was at fault; a refusal keeps the provider's own sentence.
    if (is_targets_fault(failure)) result.error = std::move(result.error).within(target.label());
    co_return fail(std::move(result.error));
  }
  if (result.streamed) co_return co_await answer_stream(failure);
  co_return co_await answer_whole(result, failure);
}

Task<Result<void>> GovernedCall::answer_whole(AttemptResult& result, FailureKind& failure) {
  auto rendered = crosses_dialects() ? translate_answer(*target_dialect(), *surface_.dialect(),
                                                        call_, result, gate_.get())
                                     : surface_.render(call_, result, call_.endpoint, gate_.get());
  if (!rendered && rendered.error().code == Code::UpstreamError) {
    failure = FailureKind::BadAnswer;
    end_failed_attempt(failure, result.resources);
    co_return fail(std::move(rendered).error());
  }
  if (!rendered) {  // a guard refused what was bought all the same
    CO_TRY(settled_, settle(result.usage, 0, result.resources));
    trace_.answered_by(*target_, attempt_number_);
    co_return fail(std::move(rendered).error());
  }
  const auto usage = rendered->usage ? rendered->usage : result.usage;
  CO_TRY(settled_,
         settle(usage, rendered->estimated_output_tokens, result.resources, rendered->body.size()));
  trace_.output(*rendered);
  trace_.answered_by(*target_, attempt_number_);
  net::Response response;
  response.body = std::move(rendered->body);
  response.content_type = std::move(rendered->content_type);
  response.header_block = answer_headers(settled_->cost_nano_usd) + rendered->header_block;
  co_return co_await exchange_.respond(std::move(response));
}

// Everything but the tail has been sent: settle, then send usage and [DONE].
Task<Result<void>> GovernedCall::answer_stream(FailureKind&) {
  if (!filter_->done()) CO_TRY_VOID(filter_->end(out_));
  if (filter_->any_text()) trace_.first_token();
  const auto usage = filter_->usage();
  const int64_t output_tokens = usage ? 0 : streamed_output_tokens();
  CO_TRY(settled_, settle(usage, output_tokens, resources_, out_.size()));
  trace_.output(filter_->text(), filter_->ends(), filter_->provider_model());
  trace_.answered_by(*target_, attempt_number_);
  filter_->finish(usage ? *usage : consumed(output_tokens), settled_->cost_nano_usd, out_);
  if (client_gone_) co_return fail(errors::client_gone());
  if (!exchange_.started())
    exchange_.start(200, "text/event-stream; charset=utf-8", answer_headers(std::nullopt));
  co_return co_await exchange_.finish(out_);
}

// A chat whose client and target speak differently is translated on its way.
bool GovernedCall::crosses_dialects() const {
  const messages::Dialect* const asked = surface_.dialect();
  const messages::Dialect* const answers = target_dialect();
  return call_.kind == CallKind::Chat && asked && answers && asked != answers;
}

std::unique_ptr<AnswerStream> GovernedCall::open_stream() {
  StreamOptions options{call_.endpoint, call_.wants_usage, call_.wants_cost,
                        wall_now_us() / 1'000'000};
  if (!crosses_dialects()) return surface_.open_stream(std::move(options), gate_.get());
  return std::make_unique<TranslatedStream>(*target_dialect(), *surface_.dialect(),
                                            std::move(options), gate_.get());
}

Result<void> GovernedCall::event(std::string_view data) {
  return filter_->event(data, out_);
}

Task<Result<void>> GovernedCall::flush() {
  if (filter_->done()) co_return Result<void>{};  // the tail waits for the settlement
  if (out_.empty() || client_gone_) {
    out_.clear();
    co_return Result<void>{};
  }
  if (!exchange_.started()) {
    exchange_.start(200, "text/event-stream; charset=utf-8", answer_headers(std::nullopt));
  }
  if (filter_->any_text()) trace_.first_token();
  if (answered_us_ == 0) answered_us_ = steady_now_us();
  auto written = co_await exchange_.write(out_);
  out_.clear();
  if (written) co_return Result<void>{};
  client_gone_ = true;
  if (endpoint_->config.on_client_abort == ClientAbort::Drain) co_return Result<void>{};
  co_return fail(std::move(written).error());
}

Result<cost::Settled> GovernedCall::settle(const std::optional<cost::Usage>& reported,
                                           int64_t output_tokens, cost::Resources resources,
                                           size_t bytes_to_send) {
  const cost::Usage usage = reported ? *reported : consumed(output_tokens);
  const cost::State state = reported ? cost::State::Settled : cost::State::Estimated;
  resources.bytes_in = static_cast<int64_t>(call_.bytes_in);
  resources.bytes_out = static_cast<int64_t>(exchange_.bytes_sent() + bytes_to_send);
  if (resources.cpu_us == 0) resources.cpu_us = overhead_us();
  services_.rate_limits.correct(admission_, usage.input_tokens + usage.output_tokens);
  auto settled = services_.accountant.settle(std::move(reservation_), usage, resources, state);
  if (settled) trace_.settled(*settled, usage);
  return settled;
}

// What was consumed as far as we can tell ourselves.
cost::Usage GovernedCall::consumed(int64_t output_tokens) const {
  cost::Usage usage;
  usage.input_tokens = estimate_.input_tokens;
  usage.output_tokens = output_tokens;
  usage.rows = estimate_.rows;
  return usage;
}

int64_t GovernedCall::streamed_output_tokens() const {
  int64_t tokens = 0;
  if (!filter_) return 0;
  for (const auto& [channel, text] : filter_->text()) tokens += estimate_tokens(text);
  return tokens;
}

// An attempt that delivered something, or whose client left, is paid for; others are released.
void GovernedCall::end_failed_attempt(FailureKind failure, const cost::Resources& resources) {
  const bool delivered = filter_ && filter_->text_bytes() > 0;
  const bool reported = filter_ && filter_->usage().has_value();
  const bool left = failure == FailureKind::Cancelled || failure == FailureKind::Blocked;
  if (delivered || reported || left) {
    const auto usage = reported ? filter_->usage() : std::nullopt;
    (void)settle(usage, usage ? 0 : streamed_output_tokens(), resources);
    if (filter_) trace_.output(filter_->text(), filter_->ends(), filter_->provider_model());
    trace_.answered_by(*target_, attempt_number_);
    return;
  }
  services_.rate_limits.correct(admission_, 0);
  (void)services_.accountant.release(std::move(reservation_), reason_of(failure), resources);
}

// The client has seen a part of the answer: tell it that the rest will not come, without [DONE].
Task<void> GovernedCall::break_stream(const Error& error) {
  if (client_gone_ || exchange_.finished()) co_return;
  (void)co_await exchange_.finish(
      surface_.stream_error(error, context_.trace.trace_id.hex(), context_.request_id.view()));
}

Task<Result<void>> GovernedCall::pause(int64_t ms) {
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(exchange_.thread().io().get_executor());
  timer.expires_after(std::chrono::milliseconds(ms));
  const SteadyUs begun_us = steady_now_us();
  CancelCallback on_cancel(context_.cancel, [&timer] { timer.cancel(); });
  auto [ignored] = co_await timer.async_wait(kToken);
  (void)ignored;
  context_.waited_us += steady_now_us() - begun_us;
  if (context_.cancel.fired()) co_return fail(errors::client_gone());
  co_return Result<void>{};
}

int64_t GovernedCall::overhead_us() const {
  const int64_t elapsed = steady_now_us() - context_.started_steady_us - context_.waited_us;
  return elapsed > 0 ? elapsed : 0;
}

std::string GovernedCall::answer_headers(std::optional<cost::NanoUsd> cost_nano_usd) const {
  std::string block;
  block.reserve(512);
  net::append_header(block, "x-tandem-endpoint", call_.endpoint);
  if (target_) net::append_header(block, "x-tandem-target", target_->label());
  net::append_header(block, "x-tandem-attempts", std::to_string(attempt_number_));
  net::append_header(block, "x-tandem-overhead-us", std::to_string(overhead_us()));
  if (cost_nano_usd) {
    net::append_header(block, "x-tandem-cost-nano-usd", std::to_string(*cost_nano_usd));
  }
  if (!dropped_.empty()) net::append_header(block, "x-tandem-dropped", joined(dropped_));
  identity::rate_headers(admission_.states, [&](std::string_view name, std::string_view value) {
    net::append_header(block, name, value);
  });
  if (call_.stream && filter_) block += "cache-control: no-cache\r\nx-accel-buffering: no\r\n";
  return block;
}

}  // namespace tandem::gateway
