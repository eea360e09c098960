// Attempt: one try of a call at one target. It is reserved before the target hears of it, asked,
// and ends in the ledger exactly once: settled, estimated or released. Of several that run at once
// the first that has something to say answers the client; the others are stopped and paid for.
// One io thread; the state outlives it.
//   Attempt attempt(state, target);
//   const Tried tried = co_await attempt.run(&context.cancel);
//   if (!tried.outcome && tried.failure != FailureKind::None) …  // another one may follow
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cost/accountant.h"
#include "gateway/answer_stream.h"
#include "gateway/call_state.h"
#include "gateway/continuation.h"
#include "gateway/target.h"

namespace tandem::gateway {

// How an attempt went.
struct Tried {
  Result<void> outcome;  // an error: the client has not been answered, or not to the end
  FailureKind failure = FailureKind::None;  // None with an error: final, nobody was asked
  std::optional<int64_t> retry_after_ms;
  // Where the client's answer broke off and another target may go on.
  std::optional<Continuation> broken_off;
  bool standby_failed = false;  // the target that is next in order was asked, too
};

class Attempt final : StreamSink {
 public:
  // `goes_on` where the client has seen the beginning of an answer already.
  Attempt(CallState& state, Target& target, std::optional<Continuation> goes_on = std::nullopt);

  // The target's health has counted the attempt (TargetHealth::begin()). `cancel` stops it; null:
  // nothing does.
  Task<Tried> run(CancelSource* cancel);
  int number() const { return number_; }

 private:
  Result<void> event(std::string_view data) override;
  Task<Result<void>> flush() override;
  bool done() const override { return filter_->done(); }

  Task<Result<void>> answer(CancelSource* cancel);
  Result<void> reserve();
  Task<AttemptResult> ask(CancelSource* cancel);
  void note_keys(const AttemptResult& result);
  void correct_key(int64_t tokens);
  std::unique_ptr<AnswerStream> open_stream();
  bool crosses_dialects() const;
  const messages::Dialect* target_dialect() const {
    return target_.dialect(state_.surface.dialect());
  }
  // Whether this attempt answers the client: the first that asks does.
  bool claim();
  bool lost() const { return state_.answering && state_.answering != this; }
  std::optional<Continuation> broken_off();
  void note_health(bool answered, SteadyUs begun_us) const;
  Task<Result<void>> answer_whole(AttemptResult& result);
  Task<Result<void>> answer_stream();
  Result<cost::Settled> settle(const std::optional<cost::Usage>& reported, int64_t output_tokens,
                               size_t bytes_to_send = 0);
  void end_failed();
  void end_lost();
  cost::Usage consumed(int64_t output_tokens) const;
  int64_t streamed_output_tokens() const;
  std::string headers(std::optional<cost::NanoUsd> cost_nano_usd) const;
  void start_stream();

  CallState& state_;
  Target& target_;
  const int number_;
  std::optional<Continuation> goes_on_;
  FailureKind failure_ = FailureKind::None;
  std::optional<int64_t> retry_after_ms_;
  bool sent_ = false;  // the target may have seen the request
  cost::Reservation reservation_;
  cost::Usage estimate_;
  std::unique_ptr<OutputGate> gate_;
  std::unique_ptr<AnswerStream> filter_;
  cost::Resources resources_;
  std::string_view key_name_;  // of the provider's key that it was made with
  std::optional<KeyUse> key_use_;
  SteadyUs answered_us_ = 0;
  SteadyUs first_event_us_ = 0;
  std::vector<std::string> dropped_;  // what the target could not say
  std::string out_;                   // bytes of the stream that wait to be sent
};

}  // namespace tandem::gateway
