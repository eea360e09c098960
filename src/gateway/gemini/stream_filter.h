// A stream of a provider that speaks Gemini's API for a client that does: every byte that nobody
// acts on passes. The model is renamed, texts and thoughts pass the guard (held text leaves before
// its candidate ends), usage is noted, and the event with which every candidate has ended waits for
// finish(). See ../answer_stream.h.
#pragma once

#include <set>

#include "gateway/answer_stream.h"
#include "gateway/gemini/passed_answer.h"

namespace tandem::gateway::gemini {

class StreamFilter final : public AnswerStream {
 public:
  // `gate` (may be null) outlives it.
  StreamFilter(StreamOptions options, OutputGate* gate);

  Result<void> event(std::string_view data, std::string& out) override;
  Result<void> end(std::string& out) override;
  void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
              std::string& out) override;
  std::optional<Continuation> broken_off() override;
  // No event of this API says that nothing follows: the end of the connection does.
  bool done() const override { return done_; }
  bool complete() const override;

 private:
  Result<void> pass_texts(const PassedAnswer& answer, json::Edits& edits, std::string& out);
  Result<void> flush(const Channel& channel, std::string& out);

  OutputGate* gate_;
  std::string buffer_;
  std::string model_json_;
  std::string first_event_;
  std::set<int64_t> seen_;  // candidates
  std::set<Channel> held_;  // where the gate may hold something back
  std::string last_;        // the event that ended the last candidate, until another one follows
  bool done_ = false;
};

}  // namespace tandem::gateway::gemini
