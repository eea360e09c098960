// A stream of a provider that speaks the Messages API for a client that does: every byte that
// nobody acts on passes. The model is renamed in message_start, texts, thinking and arguments pass
// the guard (held text leaves before content_block_stop), usage is noted, and message_delta and
// message_stop wait for finish(). Pings and events of later versions pass. See ../answer_stream.h.
#pragma once

#include <set>

#include "gateway/answer_stream.h"
#include "gateway/anthropic/stream_event.h"
#include "gateway/anthropic/usage.h"
#include "gateway/openai/event_shape.h"

namespace tandem::gateway::anthropic {

class StreamFilter final : public AnswerStream {
 public:
  // `gate` (may be null) outlives it.
  StreamFilter(StreamOptions options, OutputGate* gate);

  Result<void> event(std::string_view data, std::string& out) override;
  Result<void> end(std::string& out) override;
  void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
              std::string& out) override;
  std::optional<Continuation> broken_off() override;
  bool done() const override { return done_; }              // message_stop has come
  bool complete() const override { return !end_.empty(); }  // message_delta with its reason has

 private:
  Result<void> pass_known_event(std::string_view text, std::string& out);
  Result<void> check_order(const StreamEvent& event);
  Result<void> pass_texts(const StreamEvent& event, json::Edits& edits);
  Result<void> flush(std::optional<int64_t> block, std::string& out);
  void note_usage(const StreamEvent& event);
  bool is_blocked() const { return gate_ && gate_->blocked(); }

  OutputGate* gate_;
  std::string buffer_;
  std::string model_json_;
  openai::EventShape shape_;  // of the last event with one piece of text …
  Channel shape_channel_;     // … and where that belongs
  std::string first_event_;   // message_start
  int64_t blocks_ = 0;        // that have begun
  std::set<int64_t> open_;    // of them
  std::set<Channel> held_;    // where the gate may hold something back
  Counts counts_;
  std::string end_;                  // the message_delta, until finish()
  std::optional<size_t> usage_end_;  // in it
  std::string stop_;                 // the message_stop
  bool done_ = false;
};

}  // namespace tandem::gateway::anthropic
