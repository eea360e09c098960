#include "gateway/continuation.h"

#include <algorithm>
#include <utility>

#include "gateway/token_estimate.h"

namespace tandem::gateway {
namespace {

using messages::Event;
using Kind = messages::Part::Kind;

// Models that take a last message of the assistant as the beginning of their own would do without;
// for the others it is a turn that has ended.
constexpr std::string_view kGoOn =
    "Your answer was cut off. Go on from exactly where it stops, with the very next character. "
    "Do not repeat any of it and do not comment on the interruption.";

}  // namespace

Continuation continuation_of(const messages::Dialect& dialect, std::string_view first_event,
                             const messages::AnswerOptions& options, std::optional<int64_t> part,
                             std::string said) {
  Continuation rest;
  rest.writer = dialect.write_stream(options);
  rest.said = std::move(said);
  rest.part = part;
  rest.parts = part ? *part + 1 : 0;
  std::string written;  // the client has it already
  std::vector<Event> events;
  if (!first_event.empty()) (void)dialect.read_stream()->read(first_event, events);
  for (const Event& event : events) {
    if (event.kind == Event::Kind::Start) rest.writer->write(event, written);
  }
  if (part) {
    Event begin;
    begin.kind = Event::Kind::PartBegin;
    begin.part = *part;
    begin.begun.kind = Kind::Text;
    rest.writer->write(begin, written);
  }
  return rest;
}

Result<void> ContinuedReader::read(std::string_view data, std::vector<Event>& events) {
  read_.clear();
  TRY_VOID(reader_->read(data, read_));
  for (Event& event : read_) {
    if (place(event, events)) events.push_back(std::move(event));
  }
  return {};
}

// Gives `event` its place in the answer; false: it has none.
bool ContinuedReader::place(Event& event, std::vector<Event>& events) {
  switch (event.kind) {
    case Event::Kind::PartBegin: {
      const Kind kind = event.begun.kind;
      auto& place = places_[event.part];
      if (kind == Kind::Thinking || kind == Kind::RedactedThinking) return false;
      if (kind == Kind::Text && open_) {
        place = joined_ = std::exchange(open_, std::nullopt);
        return false;  // it has begun already
      }
      end_open(events);
      place = parts_++;
      event.part = *place;
      return true;
    }
    case Event::Kind::Delta:
    case Event::Kind::Signature:
    case Event::Kind::PartEnd: {
      const auto found = places_.find(event.part);
      if (found == places_.end()) return true;  // an error, which is not ours to judge
      if (!found->second) return false;
      event.part = *found->second;
      if (event.part == joined_ && event.kind == Event::Kind::PartEnd) end_joined(events);
      if (event.part == joined_ && event.kind == Event::Kind::Delta) {
        event.text = start_.feed(event.text);
        return !event.text.empty();
      }
      return true;
    }
    case Event::Kind::ChoiceEnd:
      end_open(events);
      return true;
    default:
      return true;
  }
}

// The text that goes on has ended: what was held back of its start was no repetition.
void ContinuedReader::end_joined(std::vector<Event>& events) {
  Event rest;
  rest.kind = Event::Kind::Delta;
  rest.part = *std::exchange(joined_, std::nullopt);
  rest.text = start_.flush();
  if (!rest.text.empty()) events.push_back(std::move(rest));
}

// Nothing joined the open part, and what follows is none of it.
void ContinuedReader::end_open(std::vector<Event>& events) {
  if (!open_) return;
  Event end;
  end.kind = Event::Kind::PartEnd;
  end.part = *std::exchange(open_, std::nullopt);
  events.push_back(std::move(end));
}

Result<void> continue_request(messages::Request& request, std::string_view said) {
  if (said.empty()) return {};
  if (request.choices > 1) {
    return fail(Code::InvalidArgument, "Several choices cannot be continued.", {}, "n");
  }
  if (request.format && request.format->kind != messages::ResponseFormat::Kind::Text) {
    return fail(Code::InvalidArgument, "An answer in JSON cannot be continued by another model.",
                {}, "response_format");
  }
  messages::Message answer;
  answer.role = messages::Role::Assistant;
  answer.is_plain = true;
  answer.parts.push_back(messages::text_part(std::string(said)));
  messages::Message ask;
  ask.role = messages::Role::User;
  ask.is_plain = true;
  ask.parts.push_back(messages::text_part(std::string(kGoOn)));
  request.messages.push_back(std::move(answer));
  request.messages.push_back(std::move(ask));
  if (request.max_tokens) {
    request.max_tokens = std::max<int64_t>(*request.max_tokens - estimate_tokens(said), 1);
  }
  return {};
}

}  // namespace tandem::gateway
