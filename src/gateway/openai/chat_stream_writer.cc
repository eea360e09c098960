#include "gateway/openai/chat_stream_writer.h"

#include "base/json/writer.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_message_writer.h"
#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

using messages::Event;
using Kind = messages::Part::Kind;

}  // namespace

void ChatStreamWriter::start(const Event& event) {
  head_ = "data: ";
  json::Writer json(head_);
  json.object().key("id").string(event.id).key("object").string("chat.completion.chunk");
  json.key("created").integer(event.created_s ? event.created_s : options_.created_s);
  json.key("model").string(options_.model.empty() ? event.model : options_.model);
  if (event.dialect == kDialectName) write_extras(event.extras, json);
  head_ += ",\"choices\":[";
  tail_ = options_.include_usage ? "],\"usage\":null}\n\n" : "]}\n\n";
}

void ChatStreamWriter::write_chunk(int64_t choice, std::string_view delta, std::string_view finish,
                                   std::string& out) const {
  out += head_;
  out += "{\"index\":";
  out += std::to_string(choice);
  out += ",\"delta\":{";
  out += delta;
  out += "},\"logprobs\":null,\"finish_reason\":";
  if (finish.empty())
    out += "null";
  else
    json::append_string(out, finish);
  out += '}';
  out += tail_;
}

ChatStreamWriter::Choice& ChatStreamWriter::choice_of(int64_t index, std::string& out) {
  const auto [at, is_new] = choices_.try_emplace(index);
  if (is_new) write_chunk(index, R"("role":"assistant","content":"","refusal":null)", {}, out);
  return at->second;
}

void ChatStreamWriter::begin_part(const Event& event, Choice& choice, std::string& out) {
  Part& part = choice.parts[event.part];
  part = {event.begun.kind, choice.tools, false};
  if (part.kind == Kind::Refusal) choice.refused = true;
  if (part.kind != Kind::ToolUse) return;
  ++choice.tools;
  std::string delta = "\"tool_calls\":[";
  json::Writer json(delta);
  json.object().key("index").integer(part.tool).key("id").string(event.begun.id);
  json.key("type").string("function").key("function").object();
  json.key("name").string(event.begun.name).key("arguments").string("");
  json.end_object().end_object();
  write_chunk(event.choice, delta + "]", {}, out);
}

void ChatStreamWriter::write_delta(int64_t choice, const Part& part, std::string_view text,
                                   std::string& out) {
  std::string delta;
  json::Writer json(delta);
  switch (part.kind) {
    case Kind::Text:
      json.key("content").string(text);
      break;
    case Kind::Refusal:
      json.key("refusal").string(text);
      break;
    case Kind::Thinking:
      json.key("reasoning_content").string(text);
      break;
    case Kind::ToolUse:
      delta = "\"tool_calls\":[";
      json.object().key("index").integer(part.tool).key("function").object();
      json.key("arguments").string(text).end_object().end_object();
      delta += ']';
      break;
    default:
      return;  // nothing that this protocol has words for
  }
  write_chunk(choice, delta, {}, out);
}

void ChatStreamWriter::write(const Event& event, std::string& out) {
  if (head_.empty()) start(event);
  switch (event.kind) {
    case Event::Kind::Start:
      choice_of(0, out);
      break;
    case Event::Kind::PartBegin:
      begin_part(event, choice_of(event.choice, out), out);
      break;
    case Event::Kind::Delta: {
      Part& part = choice_of(event.choice, out).parts[event.part];
      if (event.text.empty()) break;
      part.any_arguments = true;
      write_delta(event.choice, part, event.text, out);
      break;
    }
    case Event::Kind::PartEnd: {
      const Part& part = choice_of(event.choice, out).parts[event.part];
      // A call without arguments: clients parse them as JSON.
      if (part.kind == Kind::ToolUse && !part.any_arguments) {
        write_delta(event.choice, part, "{}", out);
      }
      break;
    }
    case Event::Kind::ChoiceEnd:
      write_chunk(event.choice, {},
                  finish_reason(event.finish, choice_of(event.choice, out).refused), out);
      break;
    case Event::Kind::Signature:
    case Event::Kind::Usage:
    case Event::Kind::Done:
      break;
  }
}

void ChatStreamWriter::finish(const cost::Usage& usage, const messages::AnswerOptions& options,
                              std::string& out) {
  if (options.include_usage) {
    if (head_.empty()) start(Event{});
    std::string counts;
    json::Writer json(counts);
    write_chat_usage(usage, options.cost_nano_usd, json);
    out += head_ + "],\"usage\":" + counts + "}\n\n";
  }
  out += "data: [DONE]\n\n";
}

}  // namespace tandem::gateway::openai
