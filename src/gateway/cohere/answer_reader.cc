#include "gateway/cohere/answer_reader.h"

#include <algorithm>

namespace tandem::gateway::cohere {
namespace {

using json::Value;
using messages::Finish;
using messages::Part;

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider's answer is not what it should be: " + std::string(what));
}

Part part_of(Part::Kind kind, std::string_view text) {
  Part part;
  part.kind = kind;
  part.text = text;
  return part;
}

int64_t count(const Value* holder, std::string_view name) {
  const Value* value = holder ? holder->find(name) : nullptr;
  const double found = value ? value->number().value_or(0) : 0;  // 12.0 as well as 12
  return static_cast<int64_t>(std::clamp(found, 0.0, static_cast<double>(cost::kMaxCount)));
}

void read_content(const Value& message, std::vector<Part>& parts) {
  const Value* content = message.find("content");
  if (!content) return;
  if (content->is_string()) parts.push_back(part_of(Part::Kind::Text, content->text));
  for (const Value& block : content->children) {
    const std::string_view type = block.find_text("type");
    if (type == "text") parts.push_back(part_of(Part::Kind::Text, block.find_text("text")));
    if (type == "thinking") {
      parts.push_back(part_of(Part::Kind::Thinking, block.find_text("thinking")));
    }
  }
}

Result<void> read_calls(const Value& message, std::vector<Part>& parts) {
  const Value* calls = message.find("tool_calls");
  if (!calls) return {};
  for (const Value& call : calls->children) {
    const Value* function = call.find("function");
    if (!function) return malformed("a tool call names no function.");
    Part part;
    part.kind = Part::Kind::ToolUse;
    part.id = call.find_text("id");
    part.name = function->find_text("name");
    part.arguments = function->find_text("arguments");
    parts.push_back(std::move(part));
  }
  return {};
}

}  // namespace

std::optional<Finish> finish_of(std::string_view reason) {
  if (reason == "ERROR" || reason == "TIMEOUT") return std::nullopt;
  if (reason == "MAX_TOKENS") return Finish::Length;
  if (reason == "STOP_SEQUENCE") return Finish::StopSequence;
  if (reason == "TOOL_CALL") return Finish::ToolUse;
  return Finish::Stop;
}

cost::Usage usage_of(const Value& usage) {
  const Value* billed = usage.find("billed_units");
  const Value* counted = billed ? billed : usage.find("tokens");
  cost::Usage out;
  out.input_tokens = count(counted, "input_tokens");
  out.output_tokens = count(counted, "output_tokens");
  out.cached_input_tokens = count(&usage, "cached_tokens");
  out.reported = true;
  return cost::sanitized(out);
}

Result<messages::Answer> parse_answer(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  const Value* message = body.find("message");
  if (!message || !message->is_object()) return malformed("it holds no message.");
  const auto finish = finish_of(body.find_text("finish_reason"));
  if (!finish) return malformed("it ended with an error.");
  messages::Answer answer;
  answer.dialect = kName;
  answer.id = body.find_text("id");
  messages::Choice choice;
  const std::string_view plan = message->find_text("tool_plan");
  if (!plan.empty()) choice.parts.push_back(part_of(Part::Kind::Thinking, plan));
  read_content(*message, choice.parts);
  TRY_VOID(read_calls(*message, choice.parts));
  choice.finish = *finish;
  answer.choices.push_back(std::move(choice));
  if (const Value* usage = body.find("usage")) answer.usage = usage_of(*usage);
  return answer;
}

}  // namespace tandem::gateway::cohere
