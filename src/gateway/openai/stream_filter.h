// One OpenAI stream on its way from provider to client: each event is read, its model renamed, its
// texts passed through the guard, usage and ends noted. Pure: events in, bytes out, no socket.
//   StreamFilter filter(options, gate);
//   TRY_VOID(filter.event(data, out));      // for each event; append `out` to the answer
//   if (filter.done() || filter.complete()) filter.finish(usage, cost, out);   // usage, [DONE]
// Text that the gate holds back leaves with a later event of its channel, at the latest before the
// event that ends the choice.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cost/money.h"
#include "cost/usage.h"
#include "gateway/openai/answer.h"
#include "gateway/openai/event_shape.h"

namespace tandem::gateway::openai {

// What the filter asks of the guard. feed() takes what came and returns what may go out now;
// flush() returns what was held back, for good.
class OutputGate {
 public:
  virtual ~OutputGate() = default;
  virtual std::string feed(const Channel& channel, std::string_view text) = 0;
  virtual std::string flush(const Channel& channel) = 0;
  // What may go out of a text that is no piece of a longer one; nullopt: all of it.
  virtual std::optional<std::string> whole(std::string_view text) = 0;
  // Set once a policy said block: nothing more may go out.
  virtual const std::optional<Error>& blocked() const = 0;
};

struct StreamOptions {
  std::string endpoint;  // what "model" says to the client
  bool client_wants_usage = false;
  bool client_wants_cost = false;
  size_t keep_text_bytes = 256 * 1024;  // of the output, for trace and estimate
};

class StreamFilter {
 public:
  StreamFilter(StreamOptions options, OutputGate* gate);

  // Appends what goes to the client. UpstreamError: malformed, or the provider's error event (whose
  // details are then in provider_error()); GuardBlocked: a policy said so.
  Result<void> event(std::string_view data, std::string& out);
  // The usage chunk, where the client asked, and [DONE].
  void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost, std::string& out);

  bool done() const { return done_; }  // [DONE] has come
  bool complete() const;               // every choice has ended
  bool any_text() const { return !text_.empty(); }
  const std::optional<cost::Usage>& usage() const { return usage_; }
  const std::optional<ProviderError>& provider_error() const { return error_; }
  // What the client was sent, channel by channel, for trace and estimate.
  const std::map<Channel, std::string>& text() const { return text_; }
  const std::map<int64_t, std::string>& ends() const { return ends_; }
  const std::string& provider_model() const { return provider_model_; }
  uint64_t text_bytes() const { return text_bytes_; }

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
  void keep(const Channel& channel, std::string_view text);
  std::string with_model_renamed(std::string_view data, const std::vector<json::Token>& models);

  StreamOptions options_;
  OutputGate* gate_;
  std::string buffer_;
  EventShape shape_;       // of the last event with one piece of text …
  Channel shape_channel_;  // … and where that belongs
  std::string model_json_;
  std::map<Channel, Template> held_;
  std::map<Channel, std::string> text_;
  std::map<int64_t, std::string> ends_;
  std::set<int64_t> seen_choices_;
  std::optional<cost::Usage> usage_;
  std::string usage_event_;
  std::optional<size_t> usage_end_;
  std::optional<ProviderError> error_;
  std::string provider_model_;
  std::string first_event_;  // for a usage chunk of our own making
  uint64_t text_bytes_ = 0;
  bool done_ = false;
};

}  // namespace tandem::gateway::openai
