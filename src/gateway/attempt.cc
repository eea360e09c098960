#include "gateway/attempt.h"

#include <fmt/format.h>

#include "gateway/attempt_ended.h"
#include "gateway/errors.h"
#include "gateway/token_estimate.h"
#include "gateway/translation.h"

namespace tandem::gateway {
namespace {

// A stream that has said nothing yet is kept from the client, so that another target can take over
// unseen; past this time what there is goes out, since intermediaries drop silent connections.
constexpr int64_t kLongestHoldUs = 5'000'000;

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

}  // namespace

Attempt::Attempt(CallState& state, Target& target, std::optional<Continuation> goes_on)
    : state_(state),
      target_(target),
      number_(++state.attempts),
      goes_on_(std::move(goes_on)),
      estimate_(state.estimate) {}

Result<void> Attempt::reserve() {
  const RequestContext& context = state_.context;
  cost::CallIdentity identity;
  identity.request_id = context.request_id;
  identity.attempt = number_;
  identity.trace_id = context.trace.trace_id;
  identity.project = context.project();
  identity.key = context.principal.key;
  identity.user = context.principal.user;
  identity.team = context.principal.team;
  identity.endpoint = state_.call.endpoint;
  identity.target = target_.label();
  identity.model = target_.model();
  identity.kind = call_kind_name(state_.call.kind);
  identity.placement = target_.placement();
  identity.tier = state_.call.tier;
  // What was paid takes no room in a budget.
  const cost::Usage estimate = state_.origin.already_paid ? cost::Usage() : estimate_;
  TRY(reservation_, state_.services.accountant.reserve(identity, estimate));
  return {};
}

Task<Tried> Attempt::run(CancelSource* cancel) {
  const SteadyUs begun_us = steady_now_us();
  Tried tried;
  tried.outcome = co_await answer(cancel);
  tried.failure = failure_;
  tried.retry_after_ms = retry_after_ms_;
  note_health(tried.outcome.has_value(), begun_us);
  if (!lost()) state_.trace.key(key_name_);
  if (tried.outcome || failure_ == FailureKind::None) co_return tried;
  if (lost()) {
    state_.trace.hedge_lost(number_, target_);
    co_return tried;
  }
  state_.trace.attempt_failed(number_, target_, failure_, tried.outcome.error().message, key_name_);
  const bool may_go_on = state_.config().on_midstream_failure == Midstream::Continue;
  if (state_.exchange.started() && may_go_on) tried.broken_off = broken_off();
  co_return tried;
}

// Tells the target's breaker and balance how the attempt went, and how long the answer took to
// begin: one that lost took longer than until it was stopped.
void Attempt::note_health(bool answered, SteadyUs begun_us) const {
  const SteadyUs now_us = steady_now_us();
  const Outcome outcome = answered || lost()                     ? Outcome::Success
                          : is_targets_fault(failure_)           ? Outcome::Failure
                          : failure_ == FailureKind::RateLimited ? Outcome::Refused
                                                                 : Outcome::Neutral;
  const SteadyUs answered_us = answered_us_ > 0 ? answered_us_ : now_us;
  attempt_ended(*state_.endpoint, target_, {outcome, begun_us, answered_us - begun_us, now_us},
                state_.services.metrics);
}

Task<Result<void>> Attempt::answer(CancelSource* cancel) {
  if (!target_.accepts(state_.call.kind)) {
    failure_ = FailureKind::Unsupported;
    co_return fail(errors::target_cannot(state_.call, target_));
  }
  if (number_ > 1) estimate_.input_tokens = target_.count_input_tokens(state_.call);
  if (goes_on_) estimate_.input_tokens += estimate_tokens(goes_on_->said);
  AttemptResult result = co_await ask(cancel);
  // Every choice has ended: only the provider's good-bye is missing.
  if (result.failure == FailureKind::Reset && filter_ && filter_->complete()) {
    result.failure = FailureKind::None;
    result.streamed = true;
  }
  if (result.failure == FailureKind::None && result.streamed && !filter_->done() &&
      !filter_->complete()) {
    result.failure = FailureKind::Reset;
    result.error = Error(Code::UpstreamError, target_.label() + " ended its stream too early.");
  }
  if (!reservation_.open()) co_return fail(std::move(result.error));  // nobody was asked
  if (result.failure != FailureKind::None) {
    failure_ = result.failure;
    lost() ? end_lost() : end_failed();
    // Who was at fault; a refusal keeps the provider's own sentence.
    if (is_targets_fault(failure_)) result.error = std::move(result.error).within(target_.label());
    co_return fail(std::move(result.error));
  }
  if (result.streamed) co_return co_await answer_stream();
  co_return co_await answer_whole(result);
}

// Reserves and has the target answer. Where the reservation fails nothing is held, and the error
// is in the result.
Task<AttemptResult> Attempt::ask(CancelSource* cancel) {
  Deadline deadline = state_.context.deadline;
  if (const int64_t longest_ms = state_.config().timeouts.attempt_ms; longest_ms > 0) {
    deadline = deadline.earlier(Deadline::after_ms(longest_ms, steady_now_us()));
  }
  AttemptContext context{state_.context,
                         state_.exchange.thread(),
                         state_.services.client(state_.exchange.thread()),
                         state_.config(),
                         deadline,
                         cancel,
                         state_.surface.dialect(),
                         &dropped_};
  if (goes_on_) context.said = goes_on_->said;
  if (target_.placement() == cost::Placement::Local) {
    const auto counted = co_await target_.ask_input_tokens(state_.call, context);
    estimate_.input_tokens = counted.value_or(estimate_.input_tokens);
  }
  AttemptResult result;
  if (auto reserved = reserve(); !reserved) {
    result.error = std::move(reserved).error();
    co_return result;
  }
  gate_ = state_.services.guarding.open_gate(state_.config(), state_.trace.guard_events());
  if (state_.call.stream) filter_ = open_stream();
  context.estimated_tokens = estimate_.input_tokens + estimate_.output_tokens;
  result = co_await target_.attempt(state_.call, context, *this);
  note_keys(result);
  resources_ = result.resources;
  retry_after_ms_ = result.retry_after_ms;
  sent_ = context.sent;
  co_return result;
}

// Which of the provider's keys it was, and which ones rest since.
void Attempt::note_keys(const AttemptResult& result) {
  key_name_ = result.key_name;
  key_use_ = result.key_use;
  for (const RestingKey& key : result.resting_keys) {
    state_.trace.key_rests(number_, target_, key);
    state_.services.metrics
        .counter("tandem_provider_key_rests_total",
                 "Times that a provider's key was left alone after a 401, 403 or 429.",
                 {{"provider", target_.provider()}, {"key", std::string(key.name)}})
        .increment();
  }
}

// What the attempt counts for its key from now on.
void Attempt::correct_key(int64_t tokens) {
  if (key_use_) target_.correct(*key_use_, tokens);
}

bool Attempt::claim() {
  if (!state_.answering) {
    state_.answering = this;
    if (state_.changed) state_.changed->notify();
  }
  return state_.answering == this;
}

Task<Result<void>> Attempt::answer_whole(AttemptResult& result) {
  auto rendered =
      crosses_dialects()
          ? translate_answer(*target_dialect(), *state_.surface.dialect(), state_.call, result,
                             gate_.get())
          : state_.surface.render(state_.call, result, state_.call.endpoint, gate_.get());
  if (!rendered && rendered.error().code == Code::UpstreamError) {
    failure_ = FailureKind::BadAnswer;
    end_failed();
    co_return fail(std::move(rendered).error());
  }
  if (!rendered) {  // a guard refused what was bought all the same
    (void)claim();
    CO_TRY_VOID(settle(result.usage, 0));
    state_.trace.answered_by(target_, state_.attempts);
    co_return fail(std::move(rendered).error());
  }
  const bool ours = claim();
  const auto usage = rendered->usage ? rendered->usage : result.usage;
  CO_TRY(const cost::Settled settled,
         settle(usage, rendered->estimated_output_tokens, ours ? rendered->body.size() : 0));
  if (!ours) {
    failure_ = FailureKind::Cancelled;
    co_return fail(Code::Cancelled, "Another target answered first.");
  }
  state_.trace.output(*rendered);
  state_.trace.answered_by(target_, state_.attempts);
  answered_us_ = steady_now_us();
  if (const AnswerKeeper* keeper = state_.surface.keeper()) {
    co_await keeper->keep(state_.call, rendered->body);
  }
  net::Response response;
  response.body = std::move(rendered->body);
  response.content_type = std::move(rendered->content_type);
  response.header_block = headers(settled.cost_nano_usd) + rendered->header_block;
  state_.kept.whole(response);
  co_return co_await state_.exchange.respond(std::move(response));
}

// Everything but the tail has been sent: settle, then send usage and [DONE].
Task<Result<void>> Attempt::answer_stream() {
  if (!filter_->done()) CO_TRY_VOID(filter_->end(out_));
  if (!claim()) {
    end_lost();
    failure_ = FailureKind::Cancelled;
    co_return fail(Code::Cancelled, "Another target answered first.");
  }
  if (filter_->any_text()) state_.trace.first_token();
  const auto usage = filter_->usage();
  const int64_t output_tokens = streamed_output_tokens();
  CO_TRY_VOID(settle(usage, output_tokens, out_.size()));
  state_.trace.output(filter_->text(), filter_->ends(), filter_->provider_model());
  state_.trace.answered_by(target_, state_.attempts);
  cost::Usage whole = usage ? *usage : consumed(output_tokens);
  if (goes_on_) whole = sum(whole, state_.answered);
  filter_->finish(whole, state_.cost_nano_usd, out_);
  if (const AnswerKeeper* keeper = state_.surface.keeper()) {
    co_await keeper->keep(state_.call, out_);
  }
  state_.surface.frame(state_.call, !state_.exchange.started(), true, out_);
  state_.kept.piece(out_);
  state_.kept.end();
  if (state_.client_gone) co_return fail(errors::client_gone());
  if (answered_us_ == 0) answered_us_ = steady_now_us();
  start_stream();
  co_return co_await state_.exchange.finish(out_);
}

// A chat whose client and target speak differently is translated on its way.
bool Attempt::crosses_dialects() const {
  const messages::Dialect* const asked = state_.surface.dialect();
  const messages::Dialect* const answers = target_dialect();
  return state_.call.kind == CallKind::Chat && asked && answers && asked != answers;
}

std::unique_ptr<AnswerStream> Attempt::open_stream() {
  const Call& call = state_.call;
  StreamOptions options{call.endpoint,   call.wants_usage,
                        call.wants_cost, wall_now_us() / 1'000'000,
                        call.answer_id,  call.answer_echo};
  if (goes_on_) {
    out_ = std::move(goes_on_->pending);
    return std::make_unique<TranslatedStream>(*target_dialect(), *goes_on_, std::move(options),
                                              gate_.get());
  }
  if (!crosses_dialects()) return state_.surface.open_stream(std::move(options), gate_.get());
  return std::make_unique<TranslatedStream>(*target_dialect(), *state_.surface.dialect(),
                                            std::move(options), gate_.get());
}

Result<void> Attempt::event(std::string_view data) {
  if (first_event_us_ == 0) first_event_us_ = steady_now_us();
  return filter_->event(data, out_);
}

Task<Result<void>> Attempt::flush() {
  if (filter_->done()) co_return Result<void>{};  // the tail waits for the settlement
  const bool holds = !state_.exchange.started() && !filter_->any_text() &&
                     steady_now_us() - first_event_us_ < kLongestHoldUs;
  if (out_.empty() || (holds && !state_.client_gone)) co_return Result<void>{};
  if (!claim()) co_return fail(Code::Cancelled, "Another target answered first.");
  state_.surface.frame(state_.call, !state_.exchange.started(), false, out_);
  state_.kept.piece(out_);
  if (state_.client_gone) {
    out_.clear();
    co_return Result<void>{};
  }
  start_stream();
  if (filter_->any_text()) state_.trace.first_token();
  if (answered_us_ == 0) answered_us_ = steady_now_us();
  state_.events_written = filter_->events_written();
  auto written = co_await state_.exchange.write(out_);
  out_.clear();
  if (written) co_return Result<void>{};
  state_.client_gone = true;
  if (state_.config().on_client_abort == ClientAbort::Drain) co_return Result<void>{};
  co_return fail(std::move(written).error());
}

void Attempt::start_stream() {
  if (state_.exchange.started()) return;
  const std::string_view type = state_.surface.stream_type(state_.call);
  const std::string block = headers(std::nullopt);
  state_.kept.begin(type, block);
  state_.exchange.start(200, type, block);
}

Result<cost::Settled> Attempt::settle(const std::optional<cost::Usage>& reported,
                                      int64_t output_tokens, size_t bytes_to_send) {
  const cost::Usage usage = reported ? *reported : consumed(output_tokens);
  const cost::State how = reported ? cost::State::Settled : cost::State::Estimated;
  cost::Resources resources = resources_;
  resources.bytes_in = static_cast<int64_t>(state_.call.bytes_in);
  resources.bytes_out = static_cast<int64_t>(state_.exchange.bytes_sent() + bytes_to_send);
  if (resources.cpu_us == 0) resources.cpu_us = state_.overhead_us();
  state_.billed_tokens += usage.input_tokens + usage.output_tokens;
  correct_key(usage.input_tokens + usage.output_tokens);
  state_.services.rate_limits.correct(state_.admission, state_.billed_tokens);
  if (state_.origin.already_paid) {
    TRY_VOID(state_.services.accountant.release(std::move(reservation_), cost::Reason::AlreadyPaid,
                                                resources));
    return cost::Settled();
  }
  auto settled = state_.services.accountant.settle(std::move(reservation_), usage, resources, how,
                                                   output_tokens);
  if (settled) {
    state_.cost_nano_usd += settled->cost_nano_usd;
    state_.trace.settled(*settled, usage);
  }
  return settled;
}

// What was consumed as far as we can tell ourselves.
cost::Usage Attempt::consumed(int64_t output_tokens) const {
  cost::Usage usage = estimate_;  // with what is no token: rows, images, seconds
  usage.output_tokens = output_tokens;
  usage.audio_output_tokens = std::min(usage.audio_output_tokens, output_tokens);
  return usage;
}

int64_t Attempt::streamed_output_tokens() const {
  int64_t tokens = 0;
  if (!filter_) return 0;
  for (const auto& [channel, text] : filter_->text()) tokens += estimate_tokens(text);
  return tokens;
}

// An attempt that delivered something, or whose client left, is paid for; others are released.
void Attempt::end_failed() {
  const bool delivered = filter_ && filter_->text_bytes() > 0;
  const bool reported = filter_ && filter_->usage().has_value();
  const bool left = failure_ == FailureKind::Cancelled || failure_ == FailureKind::Blocked;
  if (delivered || reported || left) {
    const auto usage = reported ? filter_->usage() : std::nullopt;
    const int64_t output_tokens = streamed_output_tokens();
    (void)settle(usage, output_tokens);
    state_.answered = sum(state_.answered, usage ? *usage : consumed(output_tokens));
    if (filter_) {
      state_.trace.output(filter_->text(), filter_->ends(), filter_->provider_model());
    }
    state_.trace.answered_by(target_, state_.attempts);
    return;
  }
  state_.services.rate_limits.correct(state_.admission, state_.billed_tokens);
  correct_key(0);
  (void)state_.services.accountant.release(std::move(reservation_), reason_of(failure_),
                                           resources_);
}

// Another attempt answered first. A target that was asked works, and bills, until it notices: its
// input and what it has said so far.
void Attempt::end_lost() {
  const auto usage = filter_ ? filter_->usage() : std::nullopt;
  if (sent_ || usage) {
    (void)settle(usage, streamed_output_tokens());
    return;
  }
  state_.services.rate_limits.correct(state_.admission, state_.billed_tokens);
  correct_key(0);
  (void)state_.services.accountant.release(std::move(reservation_), cost::Reason::HedgeLost,
                                           resources_);
}

std::optional<Continuation> Attempt::broken_off() {
  if (state_.client_gone) return std::nullopt;
  if (!filter_) return std::move(goes_on_);
  auto rest = filter_->broken_off();
  if (rest && goes_on_) rest->said = goes_on_->said + rest->said;
  return rest;
}

std::string Attempt::headers(std::optional<cost::NanoUsd> cost_nano_usd) const {
  std::string block = call_headers(state_, &target_);
  if (cost_nano_usd) {
    net::append_header(block, "x-tandem-cost-nano-usd", std::to_string(*cost_nano_usd));
  }
  if (!dropped_.empty())
    net::append_header(block, "x-tandem-dropped", fmt::format("{}", fmt::join(dropped_, ", ")));
  if (filter_) block += "cache-control: no-cache\r\nx-accel-buffering: no\r\n";
  return block;
}

}  // namespace tandem::gateway
