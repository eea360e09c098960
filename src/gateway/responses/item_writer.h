// Writes items: of its own dialect as they were, of other dialects' parts in the form that clients
// of the Responses API know. An item is one part or several: texts and refusals make a message.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::responses {

struct Item {
  std::string id;
  std::string status;  // empty: not said
  std::vector<messages::Part> parts;
};

// Whose parts these are, and where they go.
struct ItemStyle {
  std::string_view dialect;  // who read them
  bool is_answer = false;    // in an output: with every field that clients expect
  bool own() const;
};

// Whether `part` begins an item, or goes on with `last`'s.
bool begins_item(const messages::Part& part, const messages::Part& last, const ItemStyle& style);
// An item of parts[0]'s kind with the id that it had, else one made of the answer's and its place.
Item open_item(const messages::Part& first, const ItemStyle& style, std::string_view answer_id,
               size_t index);
// What an assistant did, as items. Parts that nobody can say are left out.
std::vector<Item> items_of(const std::vector<messages::Part>& parts, const ItemStyle& style,
                           std::string_view answer_id);
void write_item(const Item& item, const ItemStyle& style, json::Writer& json);
// One text or refusal of a message, one summary or text of reasoning.
void write_content(const messages::Part& part, std::string_view text, const ItemStyle& style,
                   json::Writer& json);

}  // namespace tandem::gateway::responses
