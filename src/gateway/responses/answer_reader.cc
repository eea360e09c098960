#include "gateway/responses/answer_reader.h"

#include "gateway/responses/fields.h"
#include "gateway/responses/item_reader.h"
#include "gateway/responses/usage.h"

namespace tandem::gateway::responses {

using json::Value;
using messages::Answer;
using messages::Finish;
using messages::Part;

namespace {

constexpr size_t kMostItems = 16'384;

}  // namespace

Failure malformed(const std::string& what) {
  return fail(Code::UpstreamError, "The provider's answer is not what it should be: " + what);
}

Result<void> check_no_error(const Value& object) {
  const Value* error = object.find("error");
  const std::string_view status = object.find_text("status");
  if (!error && status != "failed" && status != "cancelled") return {};
  std::string_view words = error ? error->find_text("message") : std::string_view();
  if (error && error->is_string()) words = error->text;
  std::string said(words.empty() ? "the response " + std::string(status) : words);
  Error failure(Code::UpstreamError, "The provider reported an error: " + said);
  if (error) failure.upstream_code = error->find_text("code");
  return fail(std::move(failure));
}

Finish finish_of(const Value& response, bool calls, bool refused) {
  if (response.find_text("status") == "incomplete") {
    const Value* details = response.find("incomplete_details");
    const bool filtered = details && details->find_text("reason") == "content_filter";
    return filtered ? Finish::ContentFilter : Finish::Length;
  }
  return calls ? Finish::ToolUse : refused ? Finish::Refusal : Finish::Stop;
}

messages::Extras extras_of(const Value& response) {
  messages::Extras extras;
  for (const Value& field : response.children) {
    bool known = false;
    for (const std::string_view name : {"id", "object", "created_at", "status", "error",
                                        "incomplete_details", "model", "output", "usage"}) {
      known = known || field.name == name;
    }
    if (!known) keep_field(field.name, field.raw, extras);  // null too: clients read these fields
  }
  return extras;
}

Result<Answer> parse_answer(std::string_view text) {
  const auto document = json::parse(std::string(text));
  if (!document) return malformed(document.error().message);
  const Value& body = document->root();
  if (!body.is_object()) return malformed("It is not a JSON object.");
  TRY_VOID(check_no_error(body));
  const Value* output = body.find("output");
  if (!output || !output->is_array()) return malformed("It holds no output.");
  if (output->children.size() > kMostItems) return malformed("It holds more than 16384 items.");
  const std::string_view status = body.find_text("status");
  if (status != "completed" && status != "incomplete") {
    return malformed("Its status is \"" + std::string(status) + "\", not completed.");
  }
  Answer answer;
  answer.dialect = kName;
  answer.id = body.find_text("id");
  answer.model = body.find_text("model");
  if (const Value* created = body.find("created_at")) {
    answer.created_s = static_cast<int64_t>(created->number().value_or(0));
  }
  messages::Choice choice;
  for (size_t i = 0; i < output->children.size(); ++i) {
    auto read = read_said_item(output->children[i], element("output", i), choice.parts);
    if (!read) return malformed(read.error().message);
  }
  bool calls = false, refused = false;
  for (const Part& part : choice.parts) {
    calls = calls || part.kind == Part::Kind::ToolUse;
    refused = refused || part.kind == Part::Kind::Refusal;
  }
  choice.finish = finish_of(body, calls, refused);
  answer.choices.push_back(std::move(choice));
  answer.extras = extras_of(body);
  if (const Value* usage = body.find("usage"); usage && usage->is_object()) {
    answer.usage = read_usage(*usage);
    keep_note("usage", usage->raw, answer.extras);
  }
  return answer;
}

}  // namespace tandem::gateway::responses
