#include "gateway/bedrock/stream_reader.h"

#include "gateway/bedrock/answer_reader.h"

namespace tandem::gateway::bedrock {
namespace {

using json::Value;
using messages::Event;
using messages::Part;

constexpr size_t kMostBlocks = 1024;  // open at once

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

Event text_event(Event::Kind kind, int64_t part, std::string_view text) {
  Event event = event_of(kind, part);
  event.text = text;
  return event;
}

// throttlingException, modelStreamErrorException, … and the framing's own `error`.
Failure exception(const Value& event) {
  std::string_view sentence = event.find_text("message");
  if (sentence.empty()) sentence = event.find_text("originalMessage");
  const std::string_view code = event.name == "error" ? event.find_text("code") : event.name;
  Error error(code == "throttlingException" ? Code::RateLimited : Code::UpstreamError,
              "The provider reported an error: " + std::string(sentence));
  error.upstream_code = code;
  return fail(std::move(error));
}

std::optional<int64_t> index_of(const Value& event) {
  const Value* index = event.find("contentBlockIndex");
  const auto number = index ? index->integer() : std::nullopt;
  return number && *number >= 0 ? number : std::nullopt;
}

}  // namespace

Result<void> ConverseStreamReader::read(std::string_view data, Events& events) {
  const auto document = json::parse(std::string(data));
  if (!document) return malformed(document.error().message);
  const Value& root = document->root();
  if (!root.is_object() || root.children.empty()) return malformed("An event has no type.");
  const Value& event = root.children.front();
  const std::string_view type = event.name;
  if (type == "error" || type.ends_with("Exception")) return exception(event);
  if (!event.is_object()) return malformed("An event is no object.");
  if (type == "messageStart") {
    events.push_back(event_of(Event::Kind::Start));
  } else if (type == "contentBlockStart") {
    return block_start(event, events);
  } else if (type == "contentBlockDelta") {
    return block_delta(event, events);
  } else if (type == "contentBlockStop") {
    return block_stop(event, events);
  } else if (type == "messageStop") {
    ended_ = true;
    Event end = event_of(Event::Kind::ChoiceEnd);
    end.finish = finish_of(event.find_text("stopReason"));
    events.push_back(std::move(end));
  } else if (type == "metadata") {
    if (const Value* usage = event.find("usage")) {
      Event counts = event_of(Event::Kind::Usage);
      counts.usage = usage_of(*usage);
      events.push_back(std::move(counts));
    }
    if (ended_) events.push_back(event_of(Event::Kind::Done));
  }
  return {};  // types that are not known yet say nothing
}

Result<void> ConverseStreamReader::begin(int64_t index, Part part, Events& events) {
  if (open_.size() >= kMostBlocks) return malformed("It holds too many open blocks.");
  open_.emplace(index, part.kind);
  Event begin = event_of(Event::Kind::PartBegin, index);
  begin.begun = std::move(part);
  events.push_back(std::move(begin));
  return {};
}

Result<void> ConverseStreamReader::block_start(const Value& event, Events& events) {
  const auto index = index_of(event);
  const Value* start = event.find("start");
  if (!index || !start) return malformed("contentBlockStart holds no block.");
  if (open_.contains(*index)) return malformed("A block begins twice.");
  Part part;
  if (const Value* use = start->find("toolUse")) {
    part.kind = Part::Kind::ToolUse;
    part.id = use->find_text("toolUseId");
    part.name = use->find_text("name");
  } else {
    part.kind = Part::Kind::Other;
  }
  return begin(*index, std::move(part), events);
}

Result<void> ConverseStreamReader::block_delta(const Value& event, Events& events) {
  const auto index = index_of(event);
  const Value* delta = event.find("delta");
  if (!index || !delta) return malformed("contentBlockDelta holds no piece.");
  const Value* text = delta->find("text");
  const Value* use = delta->find("toolUse");
  const Value* reasoning = delta->find("reasoningContent");
  const Value* redacted = reasoning ? reasoning->find("redactedContent") : nullptr;
  if (!open_.contains(*index)) {
    if (use) return malformed("A piece of a tool call that never began.");
    Part part;
    part.kind = redacted    ? Part::Kind::RedactedThinking
                : reasoning ? Part::Kind::Thinking
                            : Part::Kind::Text;
    if (redacted) part.text = redacted->text;
    TRY_VOID(begin(*index, std::move(part), events));
  }
  if (text) {
    events.push_back(text_event(Event::Kind::Delta, *index, text->text));
  } else if (use) {
    events.push_back(text_event(Event::Kind::Delta, *index, use->find_text("input")));
  } else if (reasoning && !redacted) {
    if (const Value* thought = reasoning->find("text")) {
      events.push_back(text_event(Event::Kind::Delta, *index, thought->text));
    }
    if (const Value* signature = reasoning->find("signature")) {
      events.push_back(text_event(Event::Kind::Signature, *index, signature->text));
    }
  }
  return {};  // citations and what is not known yet
}

Result<void> ConverseStreamReader::block_stop(const Value& event, Events& events) {
  const auto index = index_of(event);
  if (!index) return malformed("contentBlockStop names no block.");
  // A block without a piece never began.
  if (open_.erase(*index) > 0) events.push_back(event_of(Event::Kind::PartEnd, *index));
  return {};
}

}  // namespace tandem::gateway::bedrock
