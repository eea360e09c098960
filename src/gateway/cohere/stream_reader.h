// Reads the events of a streamed chat of Cohere (message-start … message-end). Content and tool
// calls have indices of their own; here they are parts of one row. Pure; one stream each.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/tree.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::cohere {

class ChatStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Events = std::vector<messages::Event>;
  void begin(messages::Part part, Events& events);
  void end(Events& events);
  void add(messages::Part::Kind kind, std::string_view text, Events& events);
  void content(const json::Value& message, bool begins, Events& events);
  Result<void> tool_call(const json::Value& message, bool begins, Events& events);
  Result<void> message_end(const json::Value& delta, Events& events);

  int64_t parts_ = 0;                         // begun so far
  std::optional<messages::Part::Kind> open_;  // of the last one
};

}  // namespace tandem::gateway::cohere
