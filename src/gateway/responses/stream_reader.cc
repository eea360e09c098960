#include "gateway/responses/stream_reader.h"

#include "gateway/responses/answer_reader.h"
#include "gateway/responses/fields.h"
#include "gateway/responses/item_reader.h"
#include "gateway/responses/usage.h"

namespace tandem::gateway::responses {
namespace {

using json::Value;
using messages::Event;
using messages::Part;
using Kind = messages::Part::Kind;

constexpr size_t kMostItems = 16'384;

Event event(Event::Kind kind, int64_t part = 0) {
  Event made;
  made.kind = kind;
  made.part = part;
  made.dialect = kName;
  return made;
}

// The provider's own error event: its words are at the root or in an object.
Failure failure_of(const Value& body) {
  const Value* nested = body.find("error");
  const Value& error = nested && nested->is_object() ? *nested : body;
  Error failure(Code::UpstreamError,
                "The provider reported an error: " + std::string(error.find_text("message")));
  failure.upstream_code = error.find_text("code");
  return fail(std::move(failure));
}

}  // namespace

Result<void> ResponseStreamReader::read(std::string_view data, Events& events) {
  if (done_ || data == "[DONE]") return {};  // some servers send it all the same
  const auto document = json::parse(std::string(data));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  if (!body.is_object()) return malformed("An event is not a JSON object.");
  std::string_view type = body.find_text("type");
  if (type == "error" || (type.empty() && body.find("error"))) return failure_of(body);
  if (type.empty()) return malformed("An event has no type.");
  if (!type.starts_with("response.")) return {};  // "keepalive"
  type.remove_prefix(9);
  if (type == "created" || type == "queued" || type == "in_progress") return start(body, events);
  if (type == "output_item.added") return add_item(body, events);
  if (type == "output_item.done") return end_item(body, events);
  if (type == "content_part.added" || type == "reasoning_summary_part.added") {
    return begin_part(body, events);
  }
  if (type == "output_text.delta" || type == "refusal.delta" || type == "reasoning_text.delta" ||
      type == "reasoning_summary_text.delta" || type == "function_call_arguments.delta") {
    return add_text(body, events);
  }
  if (type == "completed" || type == "incomplete" || type == "failed" || type == "cancelled") {
    return end(body, events);
  }
  return {};  // what is done is known from its pieces; progress of tools nobody here runs
}

Result<void> ResponseStreamReader::start(const Value& body, Events& events) {
  const Value* response = body.find("response");
  if (!response || !response->is_object()) return malformed("An event holds no response.");
  TRY_VOID(check_no_error(*response));
  if (started_) return {};
  started_ = true;
  Event start = event(Event::Kind::Start);
  start.id = response->find_text("id");
  start.model = response->find_text("model");
  if (const Value* created = response->find("created_at")) {
    start.created_s = static_cast<int64_t>(created->number().value_or(0));
  }
  start.extras = extras_of(*response);
  events.push_back(std::move(start));
  return {};
}

Result<ResponseStreamReader::Item*> ResponseStreamReader::item_at(const Value& body) {
  const Value* index = body.find("output_index");
  const auto at = index ? index->integer() : std::nullopt;
  const auto found = at ? items_.find(*at) : items_.end();
  if (found == items_.end() || found->second.ended) {
    return malformed("An event is about an item that is not open.");
  }
  return &found->second;
}

void ResponseStreamReader::begin(Item& item, Part part, Events& events) {
  end_part(item, events);
  // The first part says what is known of the item.
  if (!item.any_part) {
    part.extras.insert(part.extras.end(), item.first.extras.begin(), item.first.extras.end());
  }
  item.any_part = true;
  item.open = parts_++;
  Event begun = event(Event::Kind::PartBegin, *item.open);
  begun.begun = std::move(part);
  events.push_back(std::move(begun));
}

void ResponseStreamReader::end_part(Item& item, Events& events) {
  if (item.open) events.push_back(event(Event::Kind::PartEnd, *item.open));
  item.open.reset();
}

Result<void> ResponseStreamReader::add_item(const Value& body, Events& events) {
  const Value* index = body.find("output_index");
  const auto at = index ? index->integer() : std::nullopt;
  const Value* value = body.find("item");
  if (!at || *at < 0 || *at >= static_cast<int64_t>(kMostItems) || !value || items_.contains(*at)) {
    return malformed("An item begins without an index and itself, or twice.");
  }
  std::vector<Part> parts;
  if (auto read = read_said_item(*value, "item", parts); !read) {
    return malformed(read.error().message);
  }
  Item& item = items_[*at];
  item.first = std::move(parts.front());
  // How it is in the end is not known yet, but for what it is called.
  std::erase_if(item.first.extras, [](const messages::Extra& extra) {
    return extra.name != "item" && extra.name != "item.id" && extra.name != "item.untyped";
  });
  item.first.signature.clear();
  if (item.first.kind != Kind::ToolUse) return {};
  calls_ = true;
  Part call = item.first;
  call.extras.clear();
  const std::string arguments = std::exchange(call.arguments, "");
  begin(item, std::move(call), events);
  if (arguments.empty()) return {};
  Event delta = event(Event::Kind::Delta, *item.open);
  delta.text = arguments;
  events.push_back(std::move(delta));
  return {};
}

Result<void> ResponseStreamReader::begin_part(const Value& body, Events& events) {
  TRY(Item * item, item_at(body));
  const Value* value = body.find("part");
  const std::string_view type = value ? value->find_text("type") : std::string_view();
  Part part;
  if (type == "summary_text" || type == "reasoning_text") {
    part.kind = Kind::Thinking;
    if (type == "reasoning_text") keep_note("item.reasoning_text", "", part.extras);
  } else if (type == "refusal") {
    part.kind = Kind::Refusal;
    refused_ = true;
  } else if (type != "output_text") {
    return malformed("A part is of the unknown type \"" + std::string(type) + "\".");
  }
  begin(*item, std::move(part), events);
  return {};
}

Result<void> ResponseStreamReader::add_text(const Value& body, Events& events) {
  TRY(Item * item, item_at(body));
  if (!item->open) return malformed("A text goes on that has not begun.");
  Event delta = event(Event::Kind::Delta, *item->open);
  delta.text = body.find_text("delta");
  if (!delta.text.empty()) events.push_back(std::move(delta));
  return {};
}

Result<void> ResponseStreamReader::end_item(const Value& body, Events& events) {
  TRY(Item * item, item_at(body));
  const Value* value = body.find("item");
  std::vector<Part> parts;
  if (!value) return malformed("An item ends without itself.");
  if (auto read = read_said_item(*value, "item", parts); !read) {
    return malformed(read.error().message);
  }
  Part& first = parts.front();
  if (!item->any_part) {
    Part whole = first;
    if (whole.kind != Kind::Other) {
      whole.text.clear();
      std::erase_if(whole.extras, [](const auto& extra) { return extra.name == "item"; });
      std::erase_if(whole.extras, [](const auto& extra) { return extra.name == "item.id"; });
    } else {
      item->first.extras.clear();
    }
    begin(*item, std::move(whole), events);
  }
  const messages::Extra* sealed = messages::find_extra(first.extras, "encrypted_content");
  if (item->open && first.kind == Kind::Thinking && (sealed || !first.signature.empty())) {
    Event signature = event(Event::Kind::Signature, *item->open);
    signature.text = value->find_text("encrypted_content");
    events.push_back(std::move(signature));
  }
  end_part(*item, events);
  item->ended = true;
  return {};
}

Result<void> ResponseStreamReader::end(const Value& body, Events& events) {
  if (!started_) TRY_VOID(start(body, events));
  const Value* response = body.find("response");
  if (!response || !response->is_object()) return malformed("An event holds no response.");
  TRY_VOID(check_no_error(*response));
  for (auto& [at, item] : items_) end_part(item, events);
  if (const Value* usage = response->find("usage"); usage && usage->is_object()) {
    Event counts = event(Event::Kind::Usage);
    counts.usage = read_usage(*usage);
    events.push_back(std::move(counts));
  }
  Event ended = event(Event::Kind::ChoiceEnd);
  ended.finish = finish_of(*response, calls_, refused_);
  events.push_back(std::move(ended));
  events.push_back(event(Event::Kind::Done));
  done_ = true;
  return {};
}

}  // namespace tandem::gateway::responses
