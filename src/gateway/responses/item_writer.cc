#include "gateway/responses/item_writer.h"

#include "base/json/tree.h"
#include "gateway/responses/fields.h"

namespace tandem::gateway::responses {
namespace {

using messages::Part;
using Kind = messages::Part::Kind;

// Parts of one form may share an item: what a message says, thoughts, a call.
enum class Form : uint8_t { Message, Reasoning, Call };
Form form_of(Kind kind) {
  if (kind == Kind::ToolUse) return Form::Call;
  const bool thought = kind == Kind::Thinking || kind == Kind::RedactedThinking;
  return thought ? Form::Reasoning : Form::Message;
}

std::string_view id_prefix(Kind kind) {
  switch (kind) {
    case Kind::Thinking:
    case Kind::RedactedThinking:
      return "rs_";
    case Kind::ToolUse:
      return "fc_";
    default:
      return "msg_";
  }
}

// The text of a note that is a JSON string.
std::string text_of(const messages::Extra* note) {
  if (!note) return {};
  const auto document = json::parse("[" + note->json + "]");
  if (!document || document->root().children.size() != 1) return {};
  return std::string(document->root().children[0].text);
}

// What the item's first part says of it: its id, its status and what nobody here knows.
void write_head(const Item& item, std::string_view type, const ItemStyle& style,
                json::Writer& json) {
  const messages::Extras& notes = item.parts[0].extras;
  if (!item.id.empty()) json.key("id").string(item.id);
  if (!has_note(notes, "item.untyped")) json.key("type").string(type);
  if (!item.status.empty()) json.key("status").string(item.status);
  if (!style.own()) return;
  if (const messages::Extra* rest = find_note(notes, "item")) write_members(rest->json, json);
}

void write_message(const Item& item, const ItemStyle& style, json::Writer& json) {
  const Part& first = item.parts[0];
  write_head(item, "message", style, json);
  json.key("role").string("assistant").key("content");
  if (has_note(first.extras, "item.plain")) {
    json.string(first.text);
    return;
  }
  json.array();
  if (!has_note(first.extras, "item.empty")) {
    for (const Part& part : item.parts) write_content(part, part.text, style, json);
  }
  json.end_array();
}

void write_reasoning(const Item& item, const ItemStyle& style, json::Writer& json) {
  const Part& first = item.parts[0];
  write_head(item, "reasoning", style, json);
  const bool empty = has_note(first.extras, "item.empty") || first.kind == Kind::RedactedThinking;
  bool any_texts = has_note(first.extras, "item.empty_content");
  json.key("summary").array();
  for (const Part& part : item.parts) {
    if (has_note(part.extras, "item.reasoning_text"))
      any_texts = true;
    else if (!empty && (style.own() || !part.text.empty()))
      write_content(part, part.text, style, json);
  }
  json.end_array();
  if (any_texts) {
    json.key("content").array();
    for (const Part& part : item.parts) {
      if (has_note(part.extras, "item.reasoning_text")) write_content(part, part.text, style, json);
    }
    json.end_array();
  }
  const messages::Extra* sealed = messages::find_extra(first.extras, "encrypted_content");
  const messages::Extra* signer = find_note(first.extras, "item.signed_by");
  if (style.own() && sealed) {
    json.key("encrypted_content").raw(sealed->json);
  } else if (!first.signature.empty()) {
    std::string by = signer ? signer->json + ":" : std::string();
    if (!style.own()) by = std::string(style.dialect) + ":";
    json.key("encrypted_content").string(by + first.signature);
  }
}

void write_call(const Item& item, const ItemStyle& style, json::Writer& json) {
  const Part& call = item.parts[0];
  write_head(item, "function_call", style, json);
  json.key("call_id").string(call.id).key("name").string(call.name);
  const bool bare = call.arguments.empty() && style.is_answer && item.status != "in_progress";
  json.key("arguments").string(bare && !style.own() ? "{}" : call.arguments);
}

bool can_say(const Part& part, const ItemStyle& style) {
  switch (part.kind) {
    case Kind::Text:
    case Kind::Refusal:
      return style.own() || !part.text.empty();
    case Kind::Thinking:
      // No provider of this API takes the thoughts of another's model.
      if (!style.own() && !style.is_answer) return false;
      return style.own() || !part.text.empty() || !part.signature.empty();
    case Kind::ToolUse:
      return true;
    default:
      return style.own();
  }
}

}  // namespace

bool ItemStyle::own() const {
  return dialect == kName;
}

bool begins_item(const Part& part, const Part& last, const ItemStyle& style) {
  const Form form = form_of(part.kind);
  if (form != form_of(last.kind)) return true;
  return style.own() ? has_note(part.extras, "item") : form != Form::Message;
}

Item open_item(const Part& first, const ItemStyle& style, std::string_view answer_id,
               size_t index) {
  Item item;
  if (style.own()) {
    item.id = text_of(find_note(first.extras, "item.id"));
    item.status = text_of(find_note(first.extras, "item.status"));
  }
  if (!item.id.empty() || !style.is_answer) return item;
  if (answer_id.starts_with("resp_")) answer_id.remove_prefix(5);
  item.id =
      std::string(id_prefix(first.kind)) + std::string(answer_id) + "_" + std::to_string(index);
  return item;
}

std::vector<Item> items_of(const std::vector<Part>& parts, const ItemStyle& style,
                           std::string_view answer_id) {
  std::vector<Item> items;
  for (const Part& part : parts) {
    if (!can_say(part, style)) continue;
    if (items.empty() || begins_item(part, items.back().parts.back(), style)) {
      items.push_back(open_item(part, style, answer_id, items.size()));
      if (style.is_answer && !style.own()) items.back().status = "completed";
    }
    items.back().parts.push_back(part);
  }
  return items;
}

void write_content(const Part& part, std::string_view text, const ItemStyle& style,
                   json::Writer& json) {
  if (part.kind == Kind::Other) {
    json.raw(part.extras[0].json);
    return;
  }
  if (part.kind == Kind::Thinking) {
    const bool raw = has_note(part.extras, "item.reasoning_text");
    json.object().key("type").string(raw ? "reasoning_text" : "summary_text");
    json.key("text").string(text).end_object();
    return;
  }
  const bool refusal = part.kind == Kind::Refusal;
  const messages::Extra* type = find_note(part.extras, "item.text_type");
  json.object().key("type").string(refusal ? "refusal" : type ? type->json : "output_text");
  json.key(refusal ? "refusal" : "text").string(text);
  if (style.own()) write_extras(part.extras, json);
  if (style.is_answer && !refusal) {
    for (const std::string_view list : {"annotations", "logprobs"}) {
      if (style.own() && messages::find_extra(part.extras, list)) continue;
      json.key(list).array().end_array();
    }
  }
  json.end_object();
}

void write_item(const Item& item, const ItemStyle& style, json::Writer& json) {
  const Part& first = item.parts[0];
  const messages::Extra* whole = messages::find_extra(first.extras, "item");
  if (first.kind == Kind::Other && whole && !whole->is_note) {
    json.raw(whole->json);
    return;
  }
  json.object();
  switch (first.kind) {
    case Kind::Thinking:
    case Kind::RedactedThinking:
      write_reasoning(item, style, json);
      break;
    case Kind::ToolUse:
      write_call(item, style, json);
      break;
    default:
      write_message(item, style, json);
      break;
  }
  json.end_object();
}

}  // namespace tandem::gateway::responses
