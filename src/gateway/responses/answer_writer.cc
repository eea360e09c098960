#include "gateway/responses/answer_writer.h"

#include "gateway/responses/fields.h"
#include "gateway/responses/item_writer.h"
#include "gateway/responses/response.h"
#include "gateway/responses/usage.h"

namespace tandem::gateway::responses {

std::string compose_answer(const messages::Answer& answer, const messages::AnswerOptions& options) {
  const ItemStyle style{answer.dialect, true};
  const std::string& id = options.id.empty() ? answer.id : options.id;
  const messages::Choice none;
  const messages::Choice& choice = answer.choices.empty() ? none : answer.choices.front();
  const Ending ending = ending_of(choice.finish);
  std::vector<Item> items = items_of(choice.parts, style, id);
  if (!style.own() && ending.status == "incomplete" && !items.empty()) {
    items.back().status = ending.status;
  }
  std::string output;
  json::Writer list(output);
  list.array();
  for (const Item& item : items) write_item(item, style, list);
  list.end_array();
  const messages::Extra* given = style.own() ? find_note(answer.extras, "usage") : nullptr;
  std::string usage = "null";
  if (answer.usage) {
    usage = usage_json(*answer.usage, given ? std::string_view(given->json) : "",
                       options.cost_nano_usd);
  }
  Response response;
  response.id = id;
  response.model = options.model.empty() ? answer.model : options.model;
  response.created_s = answer.created_s ? answer.created_s : options.created_s;
  response.status = ending.status;
  response.incomplete_reason = ending.reason;
  response.output = output;
  response.usage = usage;
  response.echo = options.echo;
  if (style.own()) response.extras = &answer.extras;
  return response_json(response);
}

}  // namespace tandem::gateway::responses
