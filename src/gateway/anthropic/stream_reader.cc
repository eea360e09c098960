#include "gateway/anthropic/stream_reader.h"

#include <boost/json.hpp>

#include "gateway/anthropic/answer_reader.h"
#include "gateway/anthropic/finish.h"
#include "gateway/anthropic/part_reader.h"

namespace tandem::gateway::anthropic {

namespace bj = boost::json;
using messages::Event;
using messages::Part;

namespace {

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider sent an event that is not what it should be: " + std::string(what));
}

Event event_of(Event::Kind kind, int64_t part = 0) {
  Event event;
  event.kind = kind;
  event.part = part;
  event.dialect = kName;
  return event;
}

Event text_event(Event::Kind kind, int64_t part, std::string text) {
  Event event = event_of(kind, part);
  event.text = std::move(text);
  return event;
}

}  // namespace

Result<void> AnthropicStreamReader::read(std::string_view data, std::vector<Event>& events) {
  TRY(const bj::object event, parse_object(data, Code::UpstreamError));
  const std::string type = text_or_empty(event, "type");
  if (type == "message_start") return message_start(event, events);
  if (type == "content_block_start") return block_start(event, events);
  if (type == "content_block_delta") return block_delta(event, events);
  if (type == "message_delta") return message_delta(event, events);
  if (type == "content_block_stop") {
    const auto index = find_count(event, "index");
    if (!index || open_.erase(*index) == 0) return malformed("a block ends that never began.");
    events.push_back(event_of(Event::Kind::PartEnd, *index));
  } else if (type == "message_stop") {
    events.push_back(event_of(Event::Kind::Done));
  } else if (type == "error" || find_object(event, "error")) {
    return provider_failure(event);
  } else if (type.empty()) {
    return malformed("it has no type.");
  }
  return {};
}

void AnthropicStreamReader::note_usage(const bj::object* usage, Events& events) {
  if (!usage) return;
  counts_.add(*usage);
  Event event = event_of(Event::Kind::Usage);
  event.usage = counts_.usage();
  events.push_back(std::move(event));
}

Result<void> AnthropicStreamReader::message_start(const bj::object& event, Events& events) {
  const bj::object* message = find_object(event, "message");
  if (!message) return malformed("message_start holds no message.");
  Event start = event_of(Event::Kind::Start);
  start.id = text_or_empty(*message, "id");
  start.model = text_or_empty(*message, "model");
  start.extras =
      rest_of(*message, {"type", "role", "id", "model", "content", "usage"}, Nulls::Keep);
  const bj::object* usage = find_object(*message, "usage");
  if (usage) {
    Counts counts;
    counts.add(*usage);
    start.usage = counts.usage();
    start.extras.push_back({"usage", bj::serialize(*usage), kName, true});
  }
  // Not the usage of an answer yet: `output_tokens` is what it begins with.
  if (usage) counts_.add(*usage);
  events.push_back(std::move(start));
  return {};
}

Result<void> AnthropicStreamReader::block_start(const bj::object& event, Events& events) {
  const bj::object* block = find_object(event, "content_block");
  const auto index = find_count(event, "index");
  if (!block || !index || *index < 0) return malformed("content_block_start holds no block.");
  if (!open_.insert(*index).second) return malformed("a block begins twice.");
  auto part = read_part(*block, "content_block", Nulls::Keep);
  if (!part) return malformed(part.error().message);
  Event begin = event_of(Event::Kind::PartBegin, *index);
  begin.begun = *std::move(part);
  // What a block begins with is its first piece.
  std::string first = std::move(begin.begun.text);
  std::string signature = std::move(begin.begun.signature);
  begin.begun.text.clear();
  begin.begun.signature.clear();
  if (begin.begun.kind == Part::Kind::RedactedThinking) std::swap(first, begin.begun.text);
  if (begin.begun.kind == Part::Kind::ToolUse) {
    if (begin.begun.arguments != "{}") first = std::move(begin.begun.arguments);
    begin.begun.arguments.clear();
  }
  events.push_back(std::move(begin));
  if (!first.empty()) {
    events.push_back(text_event(Event::Kind::Delta, *index, std::move(first)));
  }
  if (!signature.empty()) {
    events.push_back(text_event(Event::Kind::Signature, *index, std::move(signature)));
  }
  return {};
}

Result<void> AnthropicStreamReader::block_delta(const bj::object& event, Events& events) {
  const bj::object* delta = find_object(event, "delta");
  const auto index = find_count(event, "index");
  if (!delta || !index || !open_.contains(*index)) {
    return malformed("a piece of a block that never began.");
  }
  struct Row {
    std::string_view type, field;
    Event::Kind kind;
  };
  constexpr Row kRows[] = {{"text_delta", "text", Event::Kind::Delta},
                           {"thinking_delta", "thinking", Event::Kind::Delta},
                           {"input_json_delta", "partial_json", Event::Kind::Delta},
                           {"signature_delta", "signature", Event::Kind::Signature}};
  const std::string type = text_or_empty(*delta, "type");
  for (const Row& row : kRows) {
    if (row.type != type) continue;
    const bj::value* text = find(*delta, row.field);
    if (!text || !text->is_string()) return malformed("a piece without its text.");
    events.push_back(text_event(row.kind, *index, std::string(text->get_string())));
    return {};
  }
  if (type.empty()) return malformed("a piece without a type.");
  Event other = event_of(Event::Kind::Delta, *index);
  other.extras = rest_of(*delta, {}, Nulls::Keep);
  events.push_back(std::move(other));
  return {};
}

Result<void> AnthropicStreamReader::message_delta(const bj::object& event, Events& events) {
  const bj::object* delta = find_object(event, "delta");
  if (!delta) return malformed("message_delta holds no delta.");
  const bj::object* usage = find_object(event, "usage");
  const std::string reason = text_or_empty(*delta, "stop_reason");
  if (!reason.empty()) {
    Event end = event_of(Event::Kind::ChoiceEnd);
    end.finish = finish_of(reason);
    end.stop_sequence = text_or_empty(*delta, "stop_sequence");
    end.extras = rest_of(*delta, {"stop_reason", "stop_sequence"}, Nulls::Keep);
    if (is_other_reason(reason)) {
      end.extras.push_back({"stop_reason", raw(bj::value(reason)), kName, true});
    }
    if (usage) end.extras.push_back({"usage", bj::serialize(*usage), kName, true});
    // Beside `delta` and `usage` (context_management).
    bj::object rest = event;
    for (const char* known : {"type", "delta", "usage"}) rest.stable_erase(known);
    if (!rest.empty()) end.extras.push_back({"message_delta", bj::serialize(rest), kName, true});
    events.push_back(std::move(end));
  }
  note_usage(usage, events);
  return {};
}

}  // namespace tandem::gateway::anthropic
