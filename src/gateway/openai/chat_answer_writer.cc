#include "gateway/openai/chat_answer_writer.h"

#include <algorithm>

#include "base/json/tree.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_message_writer.h"
#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

using messages::Answer;
using messages::Choice;
using messages::Extra;
using messages::Part;
using Kind = messages::Part::Kind;

constexpr std::string_view kInMessage = "message.";

class Writer {
 public:
  Writer(const Answer& answer, const messages::AnswerOptions& options)
      : answer_(answer), options_(options), own_(answer.dialect == kDialectName), json_(out_) {}

  std::string run() {
    json_.object().key("id").string(answer_.id).key("object").string("chat.completion");
    json_.key("created").integer(answer_.created_s ? answer_.created_s : options_.created_s);
    json_.key("model").string(options_.model.empty() ? answer_.model : options_.model);
    json_.key("choices").array();
    for (size_t i = 0; i < answer_.choices.size(); ++i) write_choice(answer_.choices[i], i);
    json_.end_array();
    write_usage();
    if (own_) write_extras(answer_.extras, json_);
    json_.end_object();
    return std::move(out_);
  }

 private:
  const Extra* note(const messages::Extras& extras, std::string_view name) const {
    const Extra* extra = own_ ? messages::find_extra(extras, name) : nullptr;
    return extra && extra->is_note ? extra : nullptr;
  }

  void write_choice(const Choice& choice, size_t index) {
    json_.object().key("index").integer(static_cast<int64_t>(index));
    write_message(choice);
    const bool refused = std::any_of(choice.parts.begin(), choice.parts.end(),
                                     [](const Part& part) { return part.kind == Kind::Refusal; });
    json_.key("finish_reason");
    if (const Extra* reason = note(choice.extras, "finish_reason"))
      json_.raw(reason->json);
    else
      json_.string(finish_reason(choice.finish, refused));
    if (note(choice.extras, "stop_reason")) json_.key("stop_reason").string(choice.stop_sequence);
    if (own_) {
      for (const Extra& extra : choice.extras) {
        if (extra.is_note || extra.name.starts_with(kInMessage)) continue;
        json_.key(extra.name).raw(extra.json);
      }
    }
    json_.end_object();
  }

  void write_message(const Choice& choice) {
    json_.key("message").object().key("role").string("assistant");
    write_texts(choice);
    std::string refusal;
    for (const Part& part : choice.parts) {
      if (part.kind == Kind::Refusal) refusal += part.text;
    }
    if (!refusal.empty()) json_.key("refusal").string(refusal);
    write_calls(choice);
    if (own_) {
      for (const Extra& extra : choice.extras) {
        if (extra.is_note || !extra.name.starts_with(kInMessage)) continue;
        json_.key(std::string_view(extra.name).substr(kInMessage.size())).raw(extra.json);
      }
    }
    json_.end_object();
  }

  void write_texts(const Choice& choice) {
    std::string thinking, text;
    bool any_text = false;
    for (const Part& part : choice.parts) {
      if (part.kind == Kind::Thinking && own_ && !part.extras.empty())
        json_.key(part.extras[0].name).string(part.text);
      else if (part.kind == Kind::Thinking)
        thinking += part.text;
      if (part.kind != Kind::Text) continue;
      text += part.text;
      any_text = true;
    }
    if (!thinking.empty()) json_.key("reasoning_content").string(thinking);
    json_.key("content");
    if (note(choice.extras, "content"))
      write_content_list(choice);
    else if (any_text)
      json_.string(text);
    else
      json_.null();
  }

  // Some providers answer with a list of parts, as requests have it.
  void write_content_list(const Choice& choice) {
    json_.array();
    for (const Part& part : choice.parts) {
      if (part.kind == Kind::Text) {
        json_.object().key("type").string("text").key("text").string(part.text);
        write_extras(part.extras, json_);
        json_.end_object();
      } else if (part.kind == Kind::Other && part.extras[0].name == "content") {
        json_.raw(part.extras[0].json);
      }
    }
    json_.end_array();
  }

  void write_calls(const Choice& choice) {
    bool any = false;
    for (const Part& part : choice.parts) {
      const bool custom = own_ && part.kind == Kind::Other && part.extras[0].name == "tool_calls";
      if (part.kind != Kind::ToolUse && !custom) continue;
      if (!any) json_.key("tool_calls").array();
      any = true;
      if (custom)
        json_.raw(part.extras[0].json);
      else
        write_tool_call(part, own_, json_);
    }
    if (any) json_.end_array();
  }

  void write_usage() {
    if (!answer_.usage) return;
    json_.key("usage");
    const Extra* given = note(answer_.extras, "usage");
    const auto document = given ? json::parse(given->json) : fail(Code::Internal, "");
    if (!document) {
      write_chat_usage(*answer_.usage, options_.cost_nano_usd, json_);
      return;
    }
    json_.object();
    for (const json::Value& field : document->root().children) {
      json_.key(field.name).raw(field.raw);
    }
    if (options_.cost_nano_usd) json_.key("cost_nano_usd").integer(*options_.cost_nano_usd);
    json_.end_object();
  }

  const Answer& answer_;
  const messages::AnswerOptions& options_;
  const bool own_;
  std::string out_;
  json::Writer json_;
};

}  // namespace

std::string write_chat_answer(const Answer& answer, const messages::AnswerOptions& options) {
  return Writer(answer, options).run();
}

}  // namespace tandem::gateway::openai
