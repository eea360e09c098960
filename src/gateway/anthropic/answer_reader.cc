#include "gateway/anthropic/answer_reader.h"

#include <boost/json.hpp>

#include "gateway/anthropic/finish.h"
#include "gateway/anthropic/part_reader.h"
#include "gateway/anthropic/usage.h"

namespace tandem::gateway::anthropic {

namespace bj = boost::json;
using messages::Answer;

namespace {

Failure malformed(std::string_view what) {
  return fail(Code::UpstreamError,
              "The provider's answer is not what it should be: " + std::string(what));
}

Result<void> read_blocks(const bj::array& blocks, messages::Choice& choice) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::string where = "content[" + std::to_string(i) + "]";
    const bj::object* block = blocks[i].if_object();
    if (!block) return malformed(where + " is no content block.");
    auto part = read_part(*block, where, Nulls::Keep);
    if (!part) return malformed(part.error().message);
    choice.parts.push_back(*std::move(part));
  }
  return {};
}

}  // namespace

Failure provider_failure(const bj::object& body) {
  const bj::object* error = find_object(body, "error");
  const std::string message = error ? text_or_empty(*error, "message") : std::string();
  Error out(Code::UpstreamError, "The provider reported an error: " + message);
  if (error) out.upstream_code = text_or_empty(*error, "type");
  return fail(std::move(out));
}

Result<Answer> parse_answer(std::string_view text) {
  TRY(const bj::object body, parse_object(text, Code::UpstreamError));
  const std::string type = text_or_empty(body, "type");
  if (type == "error" || find_object(body, "error")) return provider_failure(body);
  const bj::value* content = find(body, "content");
  if (type != "message" || !content || !content->is_array()) {
    return malformed("it is no message with content.");
  }
  Answer answer;
  answer.dialect = kName;
  answer.id = text_or_empty(body, "id");
  answer.model = text_or_empty(body, "model");
  messages::Choice choice;
  TRY_VOID(read_blocks(content->get_array(), choice));
  const std::string reason = text_or_empty(body, "stop_reason");
  choice.finish = finish_of(reason);
  choice.stop_sequence = text_or_empty(body, "stop_sequence");
  if (is_other_reason(reason)) {
    choice.extras.push_back(
        {"stop_reason", reason.empty() ? "null" : raw(bj::value(reason)), kName, true});
  }
  answer.choices.push_back(std::move(choice));
  answer.extras = rest_of(
      body, {"type", "role", "id", "model", "content", "stop_reason", "stop_sequence", "usage"},
      Nulls::Keep);
  if (const bj::object* usage = find_object(body, "usage")) {
    Counts counts;
    counts.add(*usage);
    answer.usage = counts.usage();
    answer.extras.push_back({"usage", raw(*body.if_contains("usage")), kName, true});
  }
  return answer;
}

}  // namespace tandem::gateway::anthropic
