#include "gateway/openai/chat_answer_reader.h"

#include <algorithm>

#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

using json::Value;
using messages::Answer;
using messages::Choice;
using messages::Finish;
using messages::Part;

constexpr size_t kMostChoices = 1024;

Failure malformed(const std::string& what) {
  return fail(Code::UpstreamError, "The provider's answer is not what it should be: " + what);
}

void read_end(const Value& value, Choice& choice) {
  const std::string_view reason = value.find_text("finish_reason");
  if (const auto finish = find_finish(reason)) {
    choice.finish = *finish;
  } else if (!reason.empty()) {
    if (reason == "function_call") choice.finish = Finish::ToolUse;
    keep_note("finish_reason", value.find("finish_reason")->raw, choice.extras);
  }
  const bool refused = std::any_of(choice.parts.begin(), choice.parts.end(), [](const Part& part) {
    return part.kind == Part::Kind::Refusal;
  });
  if (refused && choice.finish == Finish::Stop) choice.finish = Finish::Refusal;
  const Value* stop = value.find("stop_reason");
  if (!stop) return;
  if (stop->is_string() && choice.finish == Finish::Stop) {
    choice.finish = Finish::StopSequence;
    choice.stop_sequence = stop->text;
    keep_note("stop_reason", "", choice.extras);
  } else {
    keep_field("stop_reason", stop->raw, choice.extras);
  }
}

Result<Choice> read_choice(const Value& value, const std::string& at, std::string_view answer_id,
                           int64_t index) {
  const Value* message = value.find("message");
  if (!message || !message->is_object()) return malformed(at + ".message is missing.");
  Choice choice;
  auto plain = read_said(*message, at + ".message", choice.parts);
  if (!plain) return malformed(plain.error().message);
  if (!*plain) keep_note("content", "", choice.extras);
  int64_t calls = 0;
  for (Part& part : choice.parts) {
    if (part.kind != Part::Kind::ToolUse) continue;
    if (part.id.empty()) part.id = made_up_call_id(answer_id, index, calls);
    ++calls;
  }
  keep_unknown(*message,
               {"role", "content", "refusal", "tool_calls", "reasoning_content", "reasoning"},
               choice.extras, "message.");
  read_end(value, choice);
  keep_unknown(value, {"index", "message", "finish_reason", "stop_reason"}, choice.extras);
  return choice;
}

}  // namespace

std::string made_up_call_id(std::string_view answer_id, int64_t choice, int64_t call) {
  return "call_" + std::string(answer_id) + "_" + std::to_string(choice) + "_" +
         std::to_string(call);
}

Result<void> check_no_error(const Value& body) {
  const Value* error = body.find("error");
  if (!error) return {};
  std::string_view words = error->is_string() ? error->text : error->find_text("message");
  if (words.empty()) words = error->raw.substr(0, 300);
  Error failure(Code::UpstreamError, "The provider reported an error: " + std::string(words));
  if (const Value* code = error->find("code")) {
    failure.upstream_code = code->is_string() ? code->text : code->raw;
  }
  return fail(std::move(failure));
}

Result<Answer> read_chat_answer(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  if (!body.is_object()) return malformed("It is not a JSON object.");
  TRY_VOID(check_no_error(body));
  const Value* choices = body.find("choices");
  if (!choices || !choices->is_array()) return malformed("It holds no choices.");
  if (choices->children.size() > kMostChoices) return malformed("It holds more than 1024 choices.");
  Answer answer;
  answer.dialect = kDialectName;
  answer.id = body.find_text("id");
  answer.model = body.find_text("model");
  if (const Value* created = body.find("created")) {
    answer.created_s = created->integer().value_or(0);
  }
  std::vector<std::pair<int64_t, Choice>> indexed;
  for (size_t i = 0; i < choices->children.size(); ++i) {
    const Value& value = choices->children[i];
    auto index = static_cast<int64_t>(i);
    if (const Value* said = value.find("index")) index = said->integer().value_or(index);
    TRY(Choice choice, read_choice(value, "choices[" + std::to_string(i) + "]", answer.id, index));
    indexed.emplace_back(index, std::move(choice));
  }
  std::stable_sort(indexed.begin(), indexed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [index, choice] : indexed) answer.choices.push_back(std::move(choice));
  if (const Value* usage = body.find("usage"); usage && usage->is_object()) {
    answer.usage = read_chat_usage(*usage);
    keep_note("usage", usage->raw, answer.extras);
  }
  keep_unknown(body, {"id", "object", "created", "model", "choices", "usage"}, answer.extras);
  return answer;
}

}  // namespace tandem::gateway::openai
