#include "gateway/gemini/stream_reader.h"

#include <algorithm>

#include "gateway/gemini/answer_reader.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/finish.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

using json::Value;
using messages::Event;
using messages::Finish;
using messages::Part;

constexpr int64_t kMostCandidates = 128;

Event event_of(Event::Kind kind, int64_t choice = 0, int64_t part = 0) {
  Event event;
  event.kind = kind;
  event.choice = choice;
  event.part = part;
  event.dialect = kName;
  return event;
}

void push_text(Event::Kind kind, int64_t choice, int64_t part, std::string text,
               std::vector<Event>& events) {
  if (text.empty()) return;
  Event event = event_of(kind, choice, part);
  event.text = std::move(text);
  events.push_back(std::move(event));
}

// The last of each name counts.
void merge(messages::Extras from, messages::Extras& into) {
  for (messages::Extra& extra : from) {
    std::erase_if(into, [&](const messages::Extra& old) { return old.name == extra.name; });
    into.push_back(std::move(extra));
  }
}

}  // namespace

Result<void> GeminiStreamReader::read(std::string_view data, Events& events) {
  // Between values only: what is kept as it was written goes into a line of another stream.
  std::string line(data);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const auto document = json::parse(std::move(line));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  TRY_VOID(check_no_error(body));
  if (!body.is_object()) return malformed("An event is not a JSON object.");
  const Value* candidates = find(body, "candidates");
  const Value* usage = find(body, "usageMetadata");
  const Value* feedback = find(body, "promptFeedback");
  if (!candidates && !usage && !feedback) return malformed("An event is no piece of an answer.");
  if (!started_) start(body, events);
  if (candidates) {
    for (const Value* candidate : elements(*candidates)) {
      TRY_VOID(read_candidate(*candidate, events));
    }
  }
  if (!block_reason(body).empty() && candidates_.empty()) {
    candidates_[0].ended = true;
    Event end = event_of(Event::Kind::ChoiceEnd);
    end.finish = Finish::ContentFilter;
    note(end.extras, "promptFeedback", feedback->raw);
    events.push_back(std::move(end));
  }
  if (usage && usage->is_object()) {
    Event counts = event_of(Event::Kind::Usage);
    counts.usage = read_usage(*usage);
    events.push_back(std::move(counts));
  }
  return {};
}

void GeminiStreamReader::start(const Value& body, Events& events) {
  started_ = true;
  Event start = event_of(Event::Kind::Start);
  start.id = id_ = find_text(body, "responseId");
  start.model = find_text(body, "modelVersion");
  keep_unknown(body,
               {"candidates", "usageMetadata", "promptFeedback", "modelVersion", "responseId"},
               start.extras);
  events.push_back(std::move(start));
}

Result<void> GeminiStreamReader::read_candidate(const Value& value, Events& events) {
  if (!value.is_object()) return malformed("A candidate is not a JSON object.");
  int64_t at = 0;
  if (const Value* index = find(value, "index")) at = whole(*index).value_or(-1);
  if (at < 0 || at >= kMostCandidates) {
    return malformed("The index of a candidate is no number below 128.");
  }
  const auto [found, is_new] = candidates_.try_emplace(at);
  Candidate& candidate = found->second;
  if (is_new) candidate.ids = CallIds(id_ + (at > 0 ? "_c" + std::to_string(at) : ""));
  if (const Value* content = find(value, "content"); content && content->is_object()) {
    TRY_VOID(read_parts(*content, at, candidate, events));
  }
  messages::Extras extras;
  keep_unknown(value, {"content", "finishReason", "index"}, extras);
  merge(std::move(extras), candidate.extras);
  const Value* reason = find(value, "finishReason");
  const bool ends = reason && reason->is_string() && reason->text != "FINISH_REASON_UNSPECIFIED";
  if (ends && !candidate.ended) end_candidate(*reason, at, candidate, events);
  return {};
}

Result<void> GeminiStreamReader::read_parts(const Value& content, int64_t at, Candidate& candidate,
                                            Events& events) {
  const Value* parts = find(content, "parts");
  if (!parts) return {};
  for (const Value* value : elements(*parts)) {
    auto part = read_part(*value, "a part", candidate.ids);
    if (!part) return malformed(part.error().message);
    const bool says_nothing = part->kind == Kind::Text && part->text.empty();
    if (says_nothing && part->extras.empty()) continue;
    if (candidate.ended) return malformed("A candidate goes on after its end.");
    add_part(*std::move(part), at, candidate, events);
  }
  return {};
}

void GeminiStreamReader::add_part(Part part, int64_t at, Candidate& candidate, Events& events) {
  const bool only_text = (part.kind == Kind::Text || part.kind == Kind::Thinking) &&
                         part.extras.empty() && part.signature.empty();
  const bool goes_on = only_text && candidate.open == part.kind;
  if (!goes_on) {
    end_part(at, candidate, events);
    Event begin = event_of(Event::Kind::PartBegin, at, candidate.parts++);
    begin.begun = part;
    begin.begun.text.clear();
    begin.begun.signature.clear();
    begin.begun.arguments.clear();
    events.push_back(std::move(begin));
    candidate.open = part.kind;
  }
  const int64_t number = candidate.parts - 1;
  if (part.kind == Kind::ToolUse) {
    candidate.calls = true;
    push_text(Event::Kind::Delta, at, number, std::move(part.arguments), events);
  } else {
    push_text(Event::Kind::Delta, at, number, std::move(part.text), events);
  }
  push_text(Event::Kind::Signature, at, number, std::move(part.signature), events);
  if (!only_text) end_part(at, candidate, events);
}

void GeminiStreamReader::end_part(int64_t at, Candidate& candidate, Events& events) {
  if (!candidate.open) return;
  events.push_back(event_of(Event::Kind::PartEnd, at, candidate.parts - 1));
  candidate.open.reset();
}

void GeminiStreamReader::end_candidate(const Value& reason, int64_t at, Candidate& candidate,
                                       Events& events) {
  end_part(at, candidate, events);
  candidate.ended = true;
  Event end = event_of(Event::Kind::ChoiceEnd, at);
  end.finish = finish_of(reason.text, candidate.calls);
  end.extras = candidate.extras;
  if (finish_reason_of(end.finish) != reason.text) note(end.extras, "finishReason", reason.raw);
  events.push_back(std::move(end));
}

}  // namespace tandem::gateway::gemini
