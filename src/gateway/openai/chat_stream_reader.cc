#include "gateway/openai/chat_stream_reader.h"

#include "gateway/openai/chat_answer_reader.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

using json::Value;
using messages::Event;
using messages::Finish;

constexpr size_t kMostChoices = 1024;
constexpr size_t kMostTools = 1024;

Failure malformed(const std::string& what) {
  return fail(Code::UpstreamError, "The provider's stream is not what it should be: " + what);
}

Event event(Event::Kind kind, int64_t choice, int64_t part = 0) {
  Event made;
  made.kind = kind;
  made.choice = choice;
  made.part = part;
  return made;
}

}  // namespace

Result<void> ChatStreamReader::read(std::string_view data, std::vector<Event>& events) {
  if (done_) return {};  // whatever follows [DONE] is not part of the answer
  if (data == "[DONE]") {
    done_ = true;
    events.push_back(event(Event::Kind::Done, 0));
    return {};
  }
  const auto document = json::parse(std::string(data));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  if (!body.is_object()) return malformed("An event is not a JSON object.");
  TRY_VOID(check_no_error(body));
  const Value* choices = body.find("choices");
  const Value* usage = body.find("usage");
  if (choices && !choices->is_array()) return malformed("\"choices\" is not a list.");
  if (!choices && !usage) return malformed("An event is no completion chunk.");
  // Azure begins with a chunk about the prompt, which says nothing of the answer itself.
  const bool is_prelude =
      choices && choices->children.empty() && !usage && body.find_text("id").empty();
  if (!started_ && !is_prelude) {
    started_ = true;
    Event start = event(Event::Kind::Start, 0);
    start.id = id_ = body.find_text("id");
    start.model = body.find_text("model");
    if (const Value* created = body.find("created")) {
      start.created_s = created->integer().value_or(0);
    }
    start.dialect = kDialectName;
    keep_unknown(body,
                 {"id", "object", "created", "model", "choices", "usage", "obfuscation",
                  "prompt_filter_results"},
                 start.extras);
    events.push_back(std::move(start));
  }
  if (choices) {
    for (const Value& choice : choices->children) TRY_VOID(read_choice(choice, events));
  }
  if (usage && usage->is_object()) {
    Event counts = event(Event::Kind::Usage, 0);
    counts.usage = read_chat_usage(*usage);
    events.push_back(std::move(counts));
  }
  return {};
}

Result<void> ChatStreamReader::read_choice(const Value& value, std::vector<Event>& events) {
  if (!value.is_object()) return malformed("A choice is not a JSON object.");
  int64_t at = 0;
  if (const Value* index = value.find("index")) at = index->integer().value_or(-1);
  if (at < 0 || at >= static_cast<int64_t>(kMostChoices)) {
    return malformed("The index of a choice is no number below 1024.");
  }
  Choice& choice = choices_[at];
  const std::string_view reason = value.find_text("finish_reason");
  const Value* delta = value.find("delta");
  if (delta && delta->is_object()) {
    std::string_view thinking = delta->find_text("reasoning_content");
    if (thinking.empty()) thinking = delta->find_text("reasoning");
    const std::string_view text = delta->find_text("content");
    const std::string_view refusal = delta->find_text("refusal");
    const Value* calls = delta->find("tool_calls");
    const bool has_calls = calls && calls->is_array() && !calls->children.empty();
    if (choice.ended) {
      if (thinking.empty() && text.empty() && refusal.empty() && !has_calls) return {};
      return malformed("A choice goes on after its end.");
    }
    add_text(Kind::Thinking, thinking, at, choice, events);
    add_text(Kind::Text, text, at, choice, events);
    add_text(Kind::Refusal, refusal, at, choice, events);
    if (has_calls) {
      for (const Value& call : calls->children) {
        TRY_VOID(read_tool_call(call, at, choice, events));
      }
    }
  }
  if (!reason.empty() && !choice.ended) end_choice(value, reason, at, choice, events);
  return {};
}

void ChatStreamReader::add_text(Kind kind, std::string_view text, int64_t at, Choice& choice,
                                std::vector<Event>& events) {
  if (text.empty()) return;
  if (choice.open != kind) {
    end_part(at, choice, events);
    Event begin = event(Event::Kind::PartBegin, at, choice.parts++);
    begin.begun.kind = kind;
    events.push_back(std::move(begin));
    choice.open = kind;
    choice.refused = choice.refused || kind == Kind::Refusal;
  }
  Event delta = event(Event::Kind::Delta, at, choice.parts - 1);
  delta.text = text;
  events.push_back(std::move(delta));
}

Result<void> ChatStreamReader::read_tool_call(const Value& call, int64_t at, Choice& choice,
                                              std::vector<Event>& events) {
  if (!call.is_object()) return malformed("A tool call is not a JSON object.");
  const std::string_view id = call.find_text("id");
  const Value* function = call.find("function");
  const std::string_view name = function ? function->find_text("name") : std::string_view{};
  // Some providers send whole calls without an index, or all of them with the index 0.
  const Value* index = call.find("index");
  int64_t number = index ? index->integer().value_or(0) : choice.last_tool;
  if (!index && (number < 0 || !id.empty())) number = choice.calls;
  const auto known = choice.tools.find(number);
  const bool begins =
      known == choice.tools.end() || (!id.empty() && !name.empty() && known->second.id != id);
  std::string_view arguments;
  if (const Value* given = function ? function->find("arguments") : nullptr) {
    arguments = given->is_string() ? given->text : given->raw;
  }
  if (begins) {
    if (name.empty()) return malformed("A tool call begins without a name.");
    if (choice.calls >= static_cast<int64_t>(kMostTools)) {
      return malformed("It holds more than 1024 tool calls.");
    }
    end_part(at, choice, events);
    Tool tool{choice.parts++,
              id.empty() ? made_up_call_id(id_, at, choice.calls) : std::string(id)};
    ++choice.calls;
    Event begin = event(Event::Kind::PartBegin, at, tool.part);
    begin.begun.kind = Kind::ToolUse;
    begin.begun.id = tool.id;
    begin.begun.name = name;
    events.push_back(std::move(begin));
    choice.open = Kind::ToolUse;
    choice.tools.insert_or_assign(number, std::move(tool));
  }
  choice.last_tool = number;
  if (arguments.empty()) return {};
  const int64_t part = choice.tools.at(number).part;
  if (choice.open != Kind::ToolUse || part != choice.parts - 1) {
    return malformed("A tool call goes on after the next one has begun.");
  }
  Event delta = event(Event::Kind::Delta, at, part);
  delta.text = arguments;
  events.push_back(std::move(delta));
  return {};
}

void ChatStreamReader::end_part(int64_t at, Choice& choice, std::vector<Event>& events) {
  if (!choice.open) return;
  events.push_back(event(Event::Kind::PartEnd, at, choice.parts - 1));
  choice.open.reset();
}

void ChatStreamReader::end_choice(const Value& value, std::string_view reason, int64_t at,
                                  Choice& choice, std::vector<Event>& events) {
  end_part(at, choice, events);
  choice.ended = true;
  Event end = event(Event::Kind::ChoiceEnd, at);
  const auto finish = find_finish(reason);
  end.finish = finish.value_or(reason == "function_call" ? Finish::ToolUse : Finish::Stop);
  const std::string_view stop = value.find_text("stop_reason");
  if (end.finish == Finish::Stop && !stop.empty()) {
    end.finish = Finish::StopSequence;
    end.stop_sequence = stop;
  } else if (end.finish == Finish::Stop && choice.refused) {
    end.finish = Finish::Refusal;
  }
  events.push_back(std::move(end));
}

}  // namespace tandem::gateway::openai
