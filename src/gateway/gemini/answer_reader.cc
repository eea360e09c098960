#include "gateway/gemini/answer_reader.h"

#include "gateway/gemini/fields.h"
#include "gateway/gemini/finish.h"
#include "gateway/gemini/part_reader.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

using json::Value;
using messages::Answer;
using messages::Choice;
using messages::Finish;
using messages::Part;

constexpr size_t kMostCandidates = 128;

Result<Choice> read_candidate(const Value& value, const std::string& at, const std::string& scope) {
  if (!value.is_object()) return malformed(at + " is no candidate.");
  Choice choice;
  bool calls = false;
  const Value* content = find(value, "content");
  if (content && content->is_object()) {
    const Value* parts = find(*content, "parts");
    CallIds ids(scope);
    const std::vector<const Value*> list = parts ? elements(*parts) : std::vector<const Value*>();
    for (size_t i = 0; i < list.size(); ++i) {
      auto part = read_part(*list[i], at + ".content.parts[" + std::to_string(i) + "]", ids);
      if (!part) return malformed(part.error().message);
      calls = calls || part->kind == Part::Kind::ToolUse;
      choice.parts.push_back(*std::move(part));
    }
    if (!parts) note(choice.extras, "parts");
    if (find_text(*content, "role").empty()) note(choice.extras, "role");
    keep_unknown(*content, {"role", "parts"}, choice.extras, "content.");
  } else {
    note(choice.extras, "content");
  }
  const Value* reason = find(value, "finishReason");
  const std::string_view word = reason && reason->is_string() ? reason->text : "STOP";
  choice.finish = finish_of(word, calls);
  if (!reason || finish_reason_of(choice.finish) != word) {
    note(choice.extras, "finishReason", reason ? reason->raw : "");
  }
  if (!find(value, "index")) note(choice.extras, "index");
  keep_unknown(value, {"content", "finishReason", "index"}, choice.extras);
  return choice;
}

}  // namespace

Result<void> check_no_error(const Value& value) {
  const bool listed = value.is_array() && !value.children.empty();
  const Value& body = listed ? value.children[0] : value;
  const Value* error = body.find("error");
  if (!error) return {};
  std::string_view words = error->is_string() ? error->text : find_text(*error, "message");
  if (words.empty()) words = error->raw.substr(0, 300);
  Error failure(Code::UpstreamError, "The provider reported an error: " + std::string(words));
  failure.upstream_code = find_text(*error, "status");
  return fail(std::move(failure));
}

std::string_view block_reason(const Value& body) {
  const Value* feedback = find(body, "promptFeedback");
  return feedback ? find_text(*feedback, "blockReason") : std::string_view{};
}

Result<Answer> parse_answer(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  TRY_VOID(check_no_error(body));
  if (!body.is_object()) return malformed("It is not a JSON object.");
  Answer answer;
  answer.dialect = kName;
  answer.id = find_text(body, "responseId");
  answer.model = find_text(body, "modelVersion");
  const Value* candidates = find(body, "candidates");
  const bool blocked = !block_reason(body).empty();
  const std::vector<const Value*> list =
      candidates ? elements(*candidates) : std::vector<const Value*>();
  if (list.empty() && !blocked) return malformed("It holds no candidates.");
  if (list.size() > kMostCandidates) return malformed("It holds more than 128 candidates.");
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string scope = answer.id + (i > 0 ? "_c" + std::to_string(i) : "");
    TRY(Choice choice, read_candidate(*list[i], "candidates[" + std::to_string(i) + "]", scope));
    answer.choices.push_back(std::move(choice));
  }
  if (list.empty()) {
    answer.choices.emplace_back().finish = Finish::ContentFilter;
    note(answer.extras, "candidates");
  }
  if (const Value* usage = find(body, "usageMetadata"); usage && usage->is_object()) {
    answer.usage = read_usage(*usage);
    note(answer.extras, "usageMetadata", usage->raw);
  }
  keep_unknown(body, {"candidates", "usageMetadata", "modelVersion", "responseId"}, answer.extras);
  return answer;
}

}  // namespace tandem::gateway::gemini
