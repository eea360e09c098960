// The one path of every model call, generative and predictive alike:
//   read → resolve → rate limits → guard (input) → for each attempt: reserve → target → guard
//   (output) → settle or release → answer → trace.
// A call is settled before its last byte leaves. Lives on the io thread of its connection, for one
// request.
//   co_return co_await GovernedCall(services, exchange, surface).run();
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cost/accountant.h"
#include "gateway/answer_stream.h"
#include "gateway/attempt_plan.h"
#include "gateway/call.h"
#include "gateway/call_trace.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/path_services.h"
#include "gateway/surface.h"
#include "net/exchange.h"

namespace tandem::gateway {

class GovernedCall final : StreamSink {
 public:
  GovernedCall(const PathServices& services, net::Exchange& exchange, const Surface& surface);

  // An error that is returned has not been answered yet.
  Task<Result<void>> run();

 private:
  Result<void> admit();
  Result<void> reserve(const Target& target);
  Task<Result<void>> attempts();
  Task<Result<void>> attempt(Target& target, FailureKind& failure,
                             std::optional<int64_t>& retry_after_ms);
  std::vector<size_t> target_order(uint64_t seed) const;
  void note_health(const Target& target, bool answered, FailureKind failure,
                   SteadyUs begun_us) const;
  bool crosses_dialects() const;
  const messages::Dialect* target_dialect() const { return target_->dialect(surface_.dialect()); }
  std::unique_ptr<AnswerStream> open_stream();
  Task<Result<void>> answer_whole(AttemptResult& result, FailureKind& failure);
  Task<Result<void>> answer_stream(FailureKind& failure);
  Result<void> event(std::string_view data) override;
  Task<Result<void>> flush() override;
  bool done() const override { return filter_->done(); }
  Task<Result<void>> pause(int64_t ms);

  Result<cost::Settled> settle(const std::optional<cost::Usage>& reported, int64_t output_tokens,
                               cost::Resources resources, size_t bytes_to_send = 0);
  void end_failed_attempt(FailureKind failure, const cost::Resources& resources);
  Task<void> break_stream(const Error& error);
  cost::Usage consumed(int64_t output_tokens) const;
  int64_t streamed_output_tokens() const;
  std::string answer_headers(std::optional<cost::NanoUsd> cost_nano_usd) const;
  int64_t overhead_us() const;

  const PathServices& services_;
  net::Exchange& exchange_;
  RequestContext& context_;
  const Surface& surface_;
  Call call_;
  std::shared_ptr<const Endpoint> endpoint_;
  CallTrace trace_;

  // Of the current attempt.
  int attempt_number_ = 0;
  const Target* target_ = nullptr;
  cost::Reservation reservation_;
  cost::Usage estimate_;
  std::unique_ptr<OutputGate> gate_;
  std::unique_ptr<AnswerStream> filter_;
  cost::Resources resources_;
  SteadyUs answered_us_ = 0;          // when the first bytes of the answer left; 0: none has
  std::vector<std::string> dropped_;  // what the target could not say
  std::string out_;                   // bytes of the stream that wait to be sent
  bool client_gone_ = false;
  std::optional<cost::Settled> settled_;
  identity::RateLimits::Admission admission_;
};

}  // namespace tandem::gateway
