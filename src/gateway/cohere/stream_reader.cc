#include "gateway/cohere/stream_reader.h"

#include "gateway/cohere/answer_reader.h"

namespace tandem::gateway::cohere {
namespace {

using json::Value;
using messages::Event;
using messages::Part;

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider's stream is not what it should be: " + std::string(what));
}

Event event_of(Event::Kind kind, int64_t part = 0) {
  Event event;
  event.kind = kind;
  event.part = part;
  event.dialect = kName;
  return event;
}

// The first of a list, or the object itself: both have been sent.
const Value* one(const Value* value) {
  if (!value || value->is_object()) return value;
  return value->is_array() && !value->children.empty() ? &value->children.front() : nullptr;
}

}  // namespace

void ChatStreamReader::begin(Part part, Events& events) {
  end(events);
  open_ = part.kind;
  Event begin = event_of(Event::Kind::PartBegin, parts_++);
  begin.begun = std::move(part);
  events.push_back(std::move(begin));
}

void ChatStreamReader::end(Events& events) {
  if (open_) events.push_back(event_of(Event::Kind::PartEnd, parts_ - 1));
  open_.reset();
}

void ChatStreamReader::add(Part::Kind kind, std::string_view text, Events& events) {
  if (text.empty()) return;
  if (open_ != kind) {
    Part part;
    part.kind = kind;
    begin(std::move(part), events);
  }
  Event delta = event_of(Event::Kind::Delta, parts_ - 1);
  delta.text = text;
  events.push_back(std::move(delta));
}

Result<void> ChatStreamReader::read(std::string_view data, Events& events) {
  if (data == "[DONE]") return {};  // message-end has said so
  const auto document = json::parse(std::string(data));
  if (!document) return malformed(document.error().message);
  const Value& event = document->root();
  const std::string_view type = event.find_text("type");
  if (type.empty()) {
    const std::string_view sentence = event.find_text("message");
    return malformed(sentence.empty() ? "An event has no type." : sentence);
  }
  const Value* delta = event.find("delta");
  const Value* message = delta ? delta->find("message") : nullptr;
  if (type == "message-start") {
    Event start = event_of(Event::Kind::Start);
    start.id = event.find_text("id");
    events.push_back(std::move(start));
  } else if (type == "content-start" || type == "content-delta") {
    if (message) content(*message, type == "content-start", events);
  } else if (type == "tool-plan-delta") {
    if (message) add(Part::Kind::Thinking, message->find_text("tool_plan"), events);
  } else if (type == "tool-call-start" || type == "tool-call-delta") {
    if (message) return tool_call(*message, type == "tool-call-start", events);
  } else if (type == "content-end" || type == "tool-call-end") {
    end(events);
  } else if (type == "message-end") {
    if (!delta) return malformed("message-end says nothing.");
    return message_end(*delta, events);
  }
  return {};  // citations, and types that are not known yet
}

void ChatStreamReader::content(const Value& message, bool begins, Events& events) {
  const Value* block = one(message.find("content"));
  if (!block) return;
  if (begins) end(events);
  add(Part::Kind::Thinking, block->find_text("thinking"), events);
  add(Part::Kind::Text, block->find_text("text"), events);
}

Result<void> ChatStreamReader::tool_call(const Value& message, bool begins, Events& events) {
  const Value* call = one(message.find("tool_calls"));
  const Value* function = call ? call->find("function") : nullptr;
  if (!function) return malformed("A tool call names no function.");
  if (begins) {
    Part part;
    part.kind = Part::Kind::ToolUse;
    part.id = call->find_text("id");
    part.name = function->find_text("name");
    begin(std::move(part), events);
  } else if (open_ != Part::Kind::ToolUse) {
    return malformed("A piece of a tool call that never began.");
  }
  add(Part::Kind::ToolUse, function->find_text("arguments"), events);
  return {};
}

Result<void> ChatStreamReader::message_end(const Value& delta, Events& events) {
  const auto finish = finish_of(delta.find_text("finish_reason"));
  const Value* usage = delta.find("usage");
  if (!finish) {
    const std::string_view sentence = delta.find_text("error");
    return fail(Code::UpstreamError, "The provider reported an error: " +
                                         std::string(sentence.empty() ? "it gave none" : sentence));
  }
  end(events);
  Event end_event = event_of(Event::Kind::ChoiceEnd);
  end_event.finish = *finish;
  events.push_back(std::move(end_event));
  if (usage) {
    Event counts = event_of(Event::Kind::Usage);
    counts.usage = usage_of(*usage);
    events.push_back(std::move(counts));
  }
  events.push_back(event_of(Event::Kind::Done));
  return {};
}

}  // namespace tandem::gateway::cohere
