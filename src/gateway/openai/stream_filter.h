// One OpenAI stream for an OpenAI client: an event keeps every byte but the model's name and what
// the guard takes out. See ../answer_stream.h.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "gateway/answer_stream.h"
#include "gateway/openai/answer.h"
#include "gateway/openai/event_shape.h"

namespace tandem::gateway::openai {

class StreamFilter final : public AnswerStream {
 public:
  // `gate` is null where the endpoint has no output guard.
  StreamFilter(StreamOptions options, OutputGate* gate);

  Result<void> event(std::string_view data, std::string& out) override;
  Result<void> end(std::string& out) override { return event("[DONE]", out); }
  // The usage chunk, where the client asked, and [DONE].
  void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
              std::string& out) override;

  std::optional<Continuation> broken_off() override;
  bool done() const override { return done_; }
  bool complete() const override;
  // What the provider's error event said.
  const std::optional<ProviderError>& provider_error() const { return error_; }

 private:
  // An event that can be sent again with another text: where a channel's held text can go.
  struct Template {
    std::string data;
    json::Token token;
    std::vector<json::Token> other_texts;
  };
  Result<void> pass_known_event(std::string_view data, std::string_view text, std::string& out);
  Result<void> pass_texts(Answer& answer, std::string_view data, json::Edits& edits,
                          std::string& out);
  void flush_choice(int64_t choice, std::string& out);
  std::string with_model_renamed(std::string_view data, const std::vector<json::Token>& models);

  OutputGate* gate_;
  std::string buffer_;
  EventShape shape_;       // of the last event with one piece of text …
  Channel shape_channel_;  // … and where that belongs
  std::string model_json_;
  std::map<Channel, Template> held_;
  std::set<int64_t> seen_choices_;
  std::string usage_event_;
  std::optional<size_t> usage_end_;
  std::optional<ProviderError> error_;
  std::string first_event_;  // for a usage chunk of our own making
  bool done_ = false;
};

}  // namespace tandem::gateway::openai
