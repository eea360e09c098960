// AnswerStream: one stream on its way from provider to client: each event is read, the model is
// renamed, texts pass the guard, usage and ends are noted. Pure: events in, bytes out, no socket.
//   TRY_VOID(stream.event(data, out));      // for each event; append `out` to the answer
//   if (stream.done() || stream.complete()) stream.finish(usage, cost, out);   // the tail
// Text that the gate holds back leaves with a later event of its channel, at the latest before what
// ends it. One per dialect that passes bytes on (openai/stream_filter.h), and one for every pair of
// dialects (translated_stream.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cost/money.h"
#include "cost/usage.h"
#include "gateway/continuation.h"
#include "gateway/output_gate.h"

namespace tandem::gateway {

struct StreamOptions {
  std::string endpoint;  // what the answer's model says to the client
  bool client_wants_usage = false;
  bool client_wants_cost = false;
  int64_t created_s = 0;                // now
  std::string answer_id = {};           // as of messages::AnswerOptions …
  std::string answer_echo = {};         // … both
  size_t keep_text_bytes = 256 * 1024;  // of the output, for trace and estimate
};

class AnswerStream {
 public:
  explicit AnswerStream(StreamOptions options) : options_(std::move(options)) {}
  virtual ~AnswerStream() = default;
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;

  // Appends what goes to the client of the data of one event. UpstreamError: malformed, or the
  // provider's own error event; GuardBlocked: a policy said so.
  virtual Result<void> event(std::string_view data, std::string& out) = 0;
  // The provider went without saying that it was done, though every choice had ended: as if it had.
  virtual Result<void> end(std::string& out) = 0;
  // The tail, for which the settlement is awaited: usage where the client may see it, and the end.
  virtual void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
                      std::string& out) = 0;

  // After a failure: what another target needs to go on with this answer; nullopt where nobody can
  // (a tool call has begun, a choice has ended, more text went by than is kept). Called once.
  virtual std::optional<Continuation> broken_off() { return std::nullopt; }

  virtual bool done() const = 0;      // the provider has said that it is done
  virtual bool complete() const = 0;  // every choice has ended
  // Of a dialect that numbers its events: the number of the next one.
  virtual int64_t events_written() const { return 0; }
  bool any_text() const { return text_bytes_ > 0; }
  // As the provider reported it so far.
  const std::optional<cost::Usage>& usage() const { return usage_; }
  // What the client was sent, channel by channel, for trace and estimate.
  const std::map<Channel, std::string>& text() const { return text_; }
  const std::map<int64_t, std::string>& ends() const { return ends_; }
  const std::string& provider_model() const { return provider_model_; }
  uint64_t text_bytes() const { return text_bytes_; }

 protected:
  messages::AnswerOptions answer_options() const;
  // All of the answer's text so far; nullopt where it is not one text that can be continued.
  std::optional<std::string> text_to_continue() const;
  void keep(const Channel& channel, std::string_view text) {
    text_bytes_ += text.size();
    std::string& kept = text_[channel];
    if (kept.size() < options_.keep_text_bytes) {
      kept.append(text.substr(0, options_.keep_text_bytes - kept.size()));
    }
  }

  const StreamOptions options_;
  std::map<Channel, std::string> text_;
  std::map<int64_t, std::string> ends_;
  std::optional<cost::Usage> usage_;
  std::string provider_model_;
  uint64_t text_bytes_ = 0;
};

}  // namespace tandem::gateway
