// Writes a stream of chat completion chunks: a role first, then pieces, the end of each choice, the
// usage where the client asked, [DONE]. Source: OpenAI API reference, 2026-11. Pure; one stream
// each.
#pragma once

#include <map>
#include <string>

#include "gateway/messages/dialect.h"

namespace tandem::gateway::openai {

class ChatStreamWriter final : public messages::StreamWriter {
 public:
  explicit ChatStreamWriter(messages::AnswerOptions options) : options_(std::move(options)) {}
  void write(const messages::Event& event, std::string& out) override;
  void finish(const cost::Usage& usage, const messages::AnswerOptions& options,
              std::string& out) override;

 private:
  struct Part {
    messages::Part::Kind kind = messages::Part::Kind::Other;
    int64_t tool = 0;  // its number among the tools of the choice
    bool any_arguments = false;
  };
  struct Choice {
    std::map<int64_t, Part> parts;
    int64_t tools = 0;
    bool refused = false;
  };
  void start(const messages::Event& event);
  Choice& choice_of(int64_t index, std::string& out);
  void begin_part(const messages::Event& event, Choice& choice, std::string& out);
  void write_delta(int64_t choice, const Part& part, std::string_view text, std::string& out);
  // One chunk with the inside of its delta's object.
  void write_chunk(int64_t choice, std::string_view delta, std::string_view finish,
                   std::string& out) const;

  messages::AnswerOptions options_;
  std::string head_;  // what every chunk begins with
  std::string tail_;  // and ends with
  std::map<int64_t, Choice> choices_;
};

}  // namespace tandem::gateway::openai
