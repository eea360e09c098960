// Writes a streamed message, event by event, as the Messages API does: "event: …" and "data: …".
// message_delta and message_stop are written by finish(), when the usage is known. Pure; one
// stream each.
#pragma once

#include <map>

#include "base/json/writer.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::anthropic {

class AnthropicStreamWriter final : public messages::StreamWriter {
 public:
  explicit AnthropicStreamWriter(messages::AnswerOptions options) : options_(std::move(options)) {}
  void write(const messages::Event& event, std::string& out) override;
  void finish(const cost::Usage& usage, const messages::AnswerOptions& options,
              std::string& out) override;

 private:
  void start(const messages::Event& event, std::string& out);
  void begin_block(const messages::Event& event, std::string& out);
  void delta(const messages::Event& event, std::string& out);
  void signature(const messages::Event& event, std::string& out);
  void end_block(int64_t part, std::string& out);

  messages::AnswerOptions options_;
  bool started_ = false;
  std::map<int64_t, messages::Part::Kind> open_;  // what began and did not end
  messages::Event ended_;                         // ChoiceEnd, until finish()
};

}  // namespace tandem::gateway::anthropic
