#include "gateway/anthropic/answer_writer.h"

#include "gateway/anthropic/fields.h"
#include "gateway/anthropic/finish.h"
#include "gateway/anthropic/part_writer.h"
#include "gateway/anthropic/usage.h"

namespace tandem::gateway::anthropic {
namespace {

using messages::Part;

// What a client of this API can read. A model's answer holds nothing else in practice.
bool is_said(const Part& part, bool own) {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      return own || !part.text.empty();
    case Part::Kind::Thinking:
    case Part::Kind::ToolUse:
      return true;
    case Part::Kind::Audio:
    case Part::Kind::ToolResult:
      return false;
    default:
      return own;
  }
}

void write_part(PartWriter& parts, const Part& part) {
  if (part.kind != Part::Kind::ToolUse || tool_input(part.arguments)) {
    (void)parts.write(part, "");
    return;
  }
  // What the model wrote is no object, but an object it has to be.
  std::string input;
  json::Writer(input).object().key("arguments").string(part.arguments).end_object();
  Part call = part;
  call.arguments = std::move(input);
  (void)parts.write(call, "");
}

}  // namespace

std::string compose_answer(const messages::Answer& answer, const messages::AnswerOptions& options) {
  const bool own = answer.dialect == kName;
  std::string out;
  json::Writer json(out);
  Dropped dropped;
  PartWriter parts(json, own, dropped);
  const messages::Choice none;
  const messages::Choice& choice = answer.choices.empty() ? none : answer.choices.front();
  json.object().key("id").string(answer.id).key("type").string("message");
  json.key("role").string("assistant");
  json.key("model").string(options.model.empty() ? answer.model : options.model);
  json.key("content").array();
  for (const Part& part : choice.parts) {
    if (is_said(part, own)) write_part(parts, part);
  }
  json.end_array();
  const messages::Extra* reason =
      own ? messages::find_extra(choice.extras, "stop_reason") : nullptr;
  json.key("stop_reason");
  if (reason)
    json.raw(reason->json);
  else
    json.string(stop_reason_of(choice.finish));
  json.key("stop_sequence").string_or_null(choice.stop_sequence);
  if (own) write_extras(json, answer.extras);
  const messages::Extra* usage = own ? messages::find_extra(answer.extras, "usage") : nullptr;
  json.key("usage");
  write_usage(json, answer.usage.value_or(cost::Usage()),
              usage ? std::string_view(usage->json) : "", Fill::All, options.cost_nano_usd);
  json.end_object();
  return out;
}

}  // namespace tandem::gateway::anthropic
