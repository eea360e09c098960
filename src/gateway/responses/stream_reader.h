// Reads the events of a streamed response: items one after the other, each with its parts, and the
// whole response at the end. Items of kinds that only this API has come whole, when they are done.
// Source: OpenAI API reference, Responses streaming events, 2026-11. Pure; one stream each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/tree.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::responses {

class ResponseStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Events = std::vector<messages::Event>;
  struct Item {
    messages::Part first;  // its notes, for the part that comes first
    bool any_part = false;
    std::optional<int64_t> open;  // the part that has not ended
    bool ended = false;
  };
  Result<void> start(const json::Value& body, Events& events);
  Result<void> add_item(const json::Value& body, Events& events);
  Result<void> end_item(const json::Value& body, Events& events);
  Result<void> begin_part(const json::Value& body, Events& events);
  Result<void> add_text(const json::Value& body, Events& events);
  Result<void> end(const json::Value& body, Events& events);
  Result<Item*> item_at(const json::Value& body);
  void begin(Item& item, messages::Part part, Events& events);
  void end_part(Item& item, Events& events);

  std::map<int64_t, Item> items_;  // by output_index
  int64_t parts_ = 0;
  bool started_ = false;
  bool calls_ = false;
  bool refused_ = false;
  bool done_ = false;
};

}  // namespace tandem::gateway::responses
