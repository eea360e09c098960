// Reads the events of a chat completion stream: chunks, an error, [DONE]. The parts of a choice
// come one after the other, a tool's call is over when the next one begins. Source: OpenAI API
// reference, 2026-11. Pure; one stream each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::openai {

class ChatStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Kind = messages::Part::Kind;
  struct Tool {
    int64_t part = 0;
    std::string id;
  };
  struct Choice {
    int64_t parts = 0;
    std::optional<Kind> open;       // what the last part is, until it ends
    std::map<int64_t, Tool> tools;  // by the provider's index
    int64_t last_tool = -1;
    int64_t calls = 0;
    bool refused = false;
    bool ended = false;
  };
  Result<void> read_choice(const json::Value& value, std::vector<messages::Event>& events);
  Result<void> read_tool_call(const json::Value& call, int64_t at, Choice& choice,
                              std::vector<messages::Event>& events);
  void add_text(Kind kind, std::string_view text, int64_t at, Choice& choice,
                std::vector<messages::Event>& events);
  void end_part(int64_t at, Choice& choice, std::vector<messages::Event>& events);
  void end_choice(const json::Value& value, std::string_view reason, int64_t at, Choice& choice,
                  std::vector<messages::Event>& events);

  std::map<int64_t, Choice> choices_;
  std::string id_;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace tandem::gateway::openai
