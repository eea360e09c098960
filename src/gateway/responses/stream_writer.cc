#include "gateway/responses/stream_writer.h"

#include "gateway/responses/fields.h"
#include "gateway/responses/response.h"
#include "gateway/responses/usage.h"

namespace tandem::gateway::responses {
namespace {

using messages::Event;
using messages::Part;
using Kind = messages::Part::Kind;

bool is_text(Kind kind) {
  return kind == Kind::Text || kind == Kind::Refusal;
}

// What the events of a part are called: "response.<stem>.delta".
struct Names {
  std::string_view stem;
  std::string_view added;  // empty: nothing is said
  std::string_view index;  // the field that says which part; empty: there is one
  std::string_view text;   // the field of the whole text
};
Names names_of(const Part& part) {
  switch (part.kind) {
    case Kind::Refusal:
      return {"refusal", "content_part", "content_index", "refusal"};
    case Kind::Thinking:
      if (has_note(part.extras, "item.reasoning_text")) {
        return {"reasoning_text", "content_part", "content_index", "text"};
      }
      return {"reasoning_summary_text", "reasoning_summary_part", "summary_index", "text"};
    case Kind::ToolUse:
      return {"function_call_arguments", "", "", "arguments"};
    default:
      return {"output_text", "content_part", "content_index", "text"};
  }
}

std::string joined(std::string_view a, std::string_view b, std::string_view c) {
  return std::string(a).append(b).append(c);
}

}  // namespace

template <class Body>
void ResponseStreamWriter::send(std::string_view type, const Body& body, std::string& out) {
  out.append("event: ").append(type).append("\ndata: ");
  json::Writer json(out);
  json.object().key("type").string(type).key("sequence_number").integer(sequence_++);
  body(json);
  json.end_object();
  out += "\n\n";
}

template <class Rest>
void ResponseStreamWriter::part_event(std::string_view type, const OpenPart& open, const Rest& rest,
                                      std::string& out) {
  const Item& item = items_[open.item];
  const Names names = names_of(item.parts[open.index]);
  send(
      type,
      [&](json::Writer& json) {
        json.key("item_id").string(item.id);
        json.key("output_index").integer(static_cast<int64_t>(open.item));
        if (!names.index.empty()) json.key(names.index).integer(place_of(open));
        rest(json);
      },
      out);
}

int64_t ResponseStreamWriter::place_of(const OpenPart& open) const {
  const std::vector<Part>& parts = items_[open.item].parts;
  const bool raw = has_note(parts[open.index].extras, "item.reasoning_text");
  int64_t place = 0;
  for (size_t i = 0; i < open.index; ++i) {
    place += has_note(parts[i].extras, "item.reasoning_text") == raw ? 1 : 0;
  }
  return place;
}

std::string ResponseStreamWriter::whole(std::string_view status, std::string_view output,
                                        std::string_view usage) const {
  Response response;
  response.id = id_;
  response.model = model_;
  response.created_s = created_s_;
  response.status = status;
  if (status == "incomplete") response.incomplete_reason = ending_of(finish_).reason;
  response.output = output;
  response.usage = usage;
  response.echo = options_.echo;
  if (style_.own()) response.extras = &extras_;
  return response_json(response);
}

void ResponseStreamWriter::start(const Event& event, std::string& out) {
  started_ = true;
  style_.dialect = event.dialect;
  id_ = options_.id.empty() ? event.id : options_.id;
  model_ = options_.model.empty() ? event.model : options_.model;
  created_s_ = event.created_s ? event.created_s : options_.created_s;
  extras_ = event.extras;
  const std::string response = whole("in_progress", "[]", "null");
  const auto body = [&](json::Writer& json) { json.key("response").raw(response); };
  send("response.created", body, out);
  send("response.in_progress", body, out);
}

void ResponseStreamWriter::write(const Event& event, std::string& out) {
  if (event.choice != 0) return;  // no request of this dialect asks for more than one
  if (!started_) start(event.kind == Event::Kind::Start ? event : Event(), out);
  const auto open = open_.find(event.part);
  switch (event.kind) {
    case Event::Kind::PartBegin:
      begin_part(event, out);
      break;
    case Event::Kind::Delta:
      if (open != open_.end() && !event.text.empty()) delta(open->second, event.text, out);
      break;
    case Event::Kind::Signature:
      if (open != open_.end()) items_[open->second.item].parts[0].signature += event.text;
      break;
    case Event::Kind::PartEnd:
      if (open != open_.end()) end_part(open->second, out);
      open_.erase(event.part);
      break;
    case Event::Kind::ChoiceEnd:
      finish_ = event.finish;
      break;
    case Event::Kind::Start:
    case Event::Kind::Usage:
    case Event::Kind::Done:
      break;
  }
}

void ResponseStreamWriter::begin_part(const Event& event, std::string& out) {
  Part begun = event.begun;
  if (begun.kind == Kind::Other && style_.own()) {
    add_other(begun, out);
    return;
  }
  const bool known =
      is_text(begun.kind) || begun.kind == Kind::Thinking || begun.kind == Kind::ToolUse;
  if (!known) return;
  begun.text.clear();
  begun.arguments.clear();
  const bool goes_on = !items_.empty() && ended_items_.size() < items_.size() &&
                       !begins_item(begun, items_.back().parts.back(), style_);
  if (goes_on)
    items_.back().parts.push_back(std::move(begun));
  else
    add_item(begun, out);
  const OpenPart open{items_.size() - 1, items_.back().parts.size() - 1};
  open_[event.part] = open;
  const Part& part = items_[open.item].parts[open.index];
  const Names names = names_of(part);
  if (names.added.empty() || has_note(part.extras, "item.empty")) return;
  part_event(
      joined("response.", names.added, ".added"), open,
      [&](json::Writer& json) {
        json.key("part");
        write_content(part, "", style_, json);
      },
      out);
}

void ResponseStreamWriter::add_item(const Part& begun, std::string& out) {
  if (ended_items_.size() < items_.size()) end_item("completed", out);
  Item item = open_item(begun, style_, id_, items_.size());
  item.status = "in_progress";
  item.parts.push_back(begun);
  items_.push_back(std::move(item));
  // What is shown at first has no contents.
  Item shown = items_.back();
  keep_note("item.empty", "", shown.parts[0].extras);
  if (shown.parts[0].kind != Kind::ToolUse) shown.parts[0].signature.clear();
  send(
      "response.output_item.added",
      [&](json::Writer& json) {
        json.key("output_index").integer(static_cast<int64_t>(items_.size() - 1)).key("item");
        write_item(shown, style_, json);
      },
      out);
}

// An item of a kind that only this dialect has, whole.
void ResponseStreamWriter::add_other(const Part& begun, std::string& out) {
  if (ended_items_.size() < items_.size()) end_item("completed", out);
  Item item = open_item(begun, style_, id_, items_.size());
  item.parts.push_back(begun);
  items_.push_back(std::move(item));
  std::string json_text;
  json::Writer writer(json_text);
  write_item(items_.back(), style_, writer);
  ended_items_.push_back(json_text);
  for (const std::string_view type : {"response.output_item.added", "response.output_item.done"}) {
    send(
        type,
        [&](json::Writer& json) {
          json.key("output_index").integer(static_cast<int64_t>(items_.size() - 1));
          json.key("item").raw(json_text);
        },
        out);
  }
}

void ResponseStreamWriter::delta(const OpenPart& open, std::string_view text, std::string& out) {
  Part& part = items_[open.item].parts[open.index];
  (part.kind == Kind::ToolUse ? part.arguments : part.text) += text;
  part_event(
      joined("response.", names_of(part).stem, ".delta"), open,
      [&](json::Writer& json) {
        json.key("delta").string(text);
        if (part.kind == Kind::Text) json.key("logprobs").array().end_array();
      },
      out);
}

void ResponseStreamWriter::end_part(const OpenPart& open, std::string& out) {
  Part& part = items_[open.item].parts[open.index];
  if (has_note(part.extras, "item.empty")) return;
  const Names names = names_of(part);
  // A call without arguments: clients parse them as JSON.
  if (part.kind == Kind::ToolUse && part.arguments.empty()) delta(open, "{}", out);
  part_event(
      joined("response.", names.stem, ".done"), open,
      [&](json::Writer& json) {
        json.key(names.text).string(part.kind == Kind::ToolUse ? part.arguments : part.text);
        if (part.kind == Kind::ToolUse) json.key("name").string(part.name);
        if (part.kind == Kind::Text) json.key("logprobs").array().end_array();
      },
      out);
  if (names.added.empty()) return;
  part_event(
      joined("response.", names.added, ".done"), open,
      [&](json::Writer& json) {
        json.key("part");
        write_content(part, part.text, style_, json);
      },
      out);
}

void ResponseStreamWriter::end_item(std::string_view status, std::string& out) {
  // Parts overlap only by a provider's mistake; an item is whole all the same.
  for (auto open = open_.begin(); open != open_.end();) {
    end_part(open->second, out);
    open = open_.erase(open);
  }
  Item& item = items_.back();
  item.status = status;
  json::Writer writer(ended_items_.emplace_back());
  write_item(item, style_, writer);
  send(
      "response.output_item.done",
      [&](json::Writer& json) {
        json.key("output_index").integer(static_cast<int64_t>(items_.size() - 1));
        json.key("item").raw(ended_items_.back());
      },
      out);
}

void ResponseStreamWriter::finish(const cost::Usage& usage, const messages::AnswerOptions& options,
                                  std::string& out) {
  if (!started_) start(Event(), out);
  const Ending ending = ending_of(finish_);
  if (ended_items_.size() < items_.size()) end_item(ending.status, out);
  std::string output = "[";
  for (const std::string& item : ended_items_) {
    if (output.size() > 1) output += ',';
    output += item;
  }
  output += ']';
  const std::string response =
      whole(ending.status, output, usage_json(usage, "", options.cost_nano_usd));
  send(
      joined("response.", ending.status, ""),
      [&](json::Writer& json) { json.key("response").raw(response); }, out);
}

}  // namespace tandem::gateway::responses
