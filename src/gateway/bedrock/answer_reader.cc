#include "gateway/bedrock/answer_reader.h"

#include <algorithm>

namespace tandem::gateway::bedrock {
namespace {

using json::Value;
using messages::Finish;
using messages::Part;

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider's answer is not what it should be: " + std::string(what));
}

Part other(const Value& block) {
  Part part;
  part.kind = Part::Kind::Other;
  for (const Value& field : block.children) {
    part.extras.push_back({std::string(field.name), std::string(field.raw), kName});
  }
  return part;
}

Part read_reasoning(const Value& reasoning) {
  Part part;
  part.kind = Part::Kind::Thinking;
  if (const Value* text = reasoning.find("reasoningText")) {
    part.text = text->find_text("text");
    part.signature = text->find_text("signature");
    return part;
  }
  part.kind = Part::Kind::RedactedThinking;
  part.text = reasoning.find_text("redactedContent");
  return part;
}

Part read_tool_use(const Value& use) {
  Part part;
  part.kind = Part::Kind::ToolUse;
  part.id = use.find_text("toolUseId");
  part.name = use.find_text("name");
  const Value* input = use.find("input");
  part.arguments = input ? std::string(input->raw) : "{}";
  return part;
}

// The text of an answer with citations; the citations themselves are this API's own.
std::string cited_text(const Value& cited) {
  std::string text;
  const Value* content = cited.find("content");
  if (!content) return text;
  for (const Value& piece : content->children) text += piece.find_text("text");
  return text;
}

Part read_block(const Value& block) {
  if (const Value* text = block.find("text")) return messages::text_part(std::string(text->text));
  if (const Value* use = block.find("toolUse")) return read_tool_use(*use);
  if (const Value* reasoning = block.find("reasoningContent")) return read_reasoning(*reasoning);
  if (const Value* cited = block.find("citationsContent")) {
    return messages::text_part(cited_text(*cited));
  }
  return other(block);
}

int64_t count(const Value& usage, std::string_view name) {
  const Value* value = usage.find(name);
  const int64_t found = value ? value->integer().value_or(0) : 0;
  return std::clamp<int64_t>(found, 0, cost::kMaxCount);
}

}  // namespace

Finish finish_of(std::string_view reason) {
  if (reason == "tool_use") return Finish::ToolUse;
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") return Finish::Length;
  if (reason == "stop_sequence") return Finish::StopSequence;
  if (reason == "guardrail_intervened" || reason == "content_filtered") {
    return Finish::ContentFilter;
  }
  return Finish::Stop;
}

cost::Usage usage_of(const Value& usage) {
  cost::Usage out;
  out.cached_input_tokens = count(usage, "cacheReadInputTokens");
  out.cache_write_input_tokens = count(usage, "cacheWriteInputTokens");
  if (const Value* details = usage.find("cacheDetails")) {
    for (const Value& detail : details->children) {
      if (detail.find_text("ttl") == "1h") {
        out.cache_write_1h_input_tokens += count(detail, "inputTokens");
      }
    }
  }
  out.input_tokens =
      count(usage, "inputTokens") + out.cached_input_tokens + out.cache_write_input_tokens;
  out.output_tokens = count(usage, "outputTokens");
  out.reported = true;
  return cost::sanitized(out);
}

Result<messages::Answer> parse_answer(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  const Value* output = body.find("output");
  const Value* message = output ? output->find("message") : nullptr;
  const Value* content = message ? message->find("content") : nullptr;
  if (!content || !content->is_array()) return malformed("it holds no message.");
  messages::Answer answer;
  answer.dialect = kName;
  messages::Choice choice;
  for (const Value& block : content->children) {
    if (!block.is_object()) return malformed("a content block is no object.");
    choice.parts.push_back(read_block(block));
  }
  choice.finish = finish_of(body.find_text("stopReason"));
  answer.choices.push_back(std::move(choice));
  if (const Value* usage = body.find("usage")) answer.usage = usage_of(*usage);
  return answer;
}

}  // namespace tandem::gateway::bedrock
