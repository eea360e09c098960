// The span that a governed call leaves behind, filled in along the path and recorded at its end.
// One io thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "cost/accountant.h"
#include "gateway/call.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/failure.h"
#include "gateway/guarding.h"
#include "gateway/surface.h"
#include "trace/recorder.h"

namespace tandem::gateway {

class CallTrace {
 public:
  explicit CallTrace(const RequestContext& context) : context_(context) {}

  std::vector<GuardEvent>& guard_events() { return guard_events_; }
  void about(const Call& call, const Endpoint& endpoint);
  void attempt_failed(int number, const Target& target, FailureKind failure,
                      const std::string& message, std::string_view key = {});
  // Which of the provider's keys answered, by its name.
  void key(std::string_view name) { key_ = name; }
  // A key that the provider refused, or that asked too often: others are used from now on.
  void key_rests(int number, const Target& target, const RestingKey& key);
  // `target` goes on with an answer of which the client has seen `bytes` of text.
  void continued(int number, const Target& target, size_t bytes);
  // A second target was asked while the first had not begun to answer.
  void hedged(int number, const Target& target, int64_t after_ms);
  void hedge_lost(int number, const Target& target);
  // It waited so long for its turn.
  void queued(int64_t us) { queued_us_ = us; }
  void first_token() {
    if (!first_token_us_) first_token_us_ = steady_now_us() - context_.started_steady_us;
  }
  void output(Rendered& rendered);
  void output(const std::map<Channel, std::string>& texts,
              const std::map<int64_t, std::string>& ends, const std::string& response_model);
  // Of one attempt; those of a call add up.
  void settled(const cost::Settled& settled, const cost::Usage& usage);
  void answered_by(const Target& target, int attempts);
  void failed(const Error& error);
  // Records the span as the endpoint's capture policy says. After the answer has left: describing
  // the input costs more than the client should wait for.
  void record(trace::Recorder& recorder, Call& call, const Surface& surface);

 private:
  std::string& add_event(std::string_view name);

  const RequestContext& context_;
  std::unique_ptr<trace::Span> span_ = std::make_unique<trace::Span>();  // until record()
  trace::Capture capture_ = trace::Capture::Metadata;
  std::vector<GuardEvent> guard_events_;
  std::optional<int64_t> first_token_us_;
  int64_t queued_us_ = 0;
  std::string target_;
  std::string key_;
  int attempts_ = 0;
};

}  // namespace tandem::gateway
