#include "gateway/responses/kept.h"

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/responses/answer_reader.h"
#include "gateway/responses/fields.h"
#include "gateway/responses/stream_writer.h"

namespace tandem::gateway::responses {
namespace {

using json::Value;
using messages::Event;
using messages::Part;

std::string_view prefix_of(std::string_view type) {
  if (type == "message") return "msg_";
  if (type == "function_call") return "fc_";
  if (type == "function_call_output") return "fco_";
  return type == "reasoning" ? "rs_" : "item_";
}

// A text as the list of one part that it stands for.
void write_text_list(std::string_view text, bool assistant, json::Writer& json) {
  json.array().object().key("type").string(assistant ? "output_text" : "input_text");
  json.key("text").string(text);
  if (assistant) json.key("annotations").array().end_array();
  json.end_object().end_array();
}

StoredItem input_item(const Value& item, std::string_view response_id, size_t place) {
  StoredItem kept;
  std::string_view type = item.find_text("type");
  const bool untyped = type.empty();
  if (untyped) type = "message";
  kept.id = item.find_text("id");
  const bool nameless = kept.id.empty();
  if (nameless) {
    if (response_id.starts_with("resp_")) response_id.remove_prefix(5);
    kept.id =
        std::string(prefix_of(type)) + std::string(response_id) + "_in" + std::to_string(place);
  }
  json::Writer json(kept.body);
  json.object();
  if (nameless) json.key("id").string(kept.id);
  if (untyped) json.key("type").string(type);
  for (const Value& field : item.children) {
    if ((nameless && field.name == "id") || (untyped && field.name == "type")) continue;
    json.key(field.name);
    if (type == "message" && field.name == "content" && field.is_string())
      write_text_list(field.text, item.find_text("role") == "assistant", json);
    else
      json.raw(field.raw);
  }
  json.end_object();
  return kept;
}

StoredItem input_text(std::string_view text, std::string_view response_id) {
  StoredItem kept;
  response_id.remove_prefix(std::min<size_t>(5, response_id.size()));
  kept.id = "msg_" + std::string(response_id) + "_in0";
  json::Writer json(kept.body);
  json.object().key("id").string(kept.id).key("type").string("message");
  json.key("role").string("user").key("content");
  write_text_list(text, false, json);
  json.end_object();
  return kept;
}

Event event(Event::Kind kind, int64_t part) {
  Event made;
  made.kind = kind;
  made.part = part;
  made.dialect = kName;
  return made;
}

void play_part(const Part& part, int64_t number, ResponseStreamWriter& writer, std::string& out) {
  Event begin = event(Event::Kind::PartBegin, number);
  begin.begun = part;
  writer.write(begin, out);
  Event delta = event(Event::Kind::Delta, number);
  delta.text = part.kind == Part::Kind::ToolUse ? part.arguments : part.text;
  writer.write(delta, out);
  writer.write(event(Event::Kind::PartEnd, number), out);
}

}  // namespace

bool wants_store(std::string_view body) {
  const auto document = json::parse(std::string(body));
  const Value* store = document ? document->root().find("store") : nullptr;
  return !store || store->boolean().value_or(true);
}

Result<StoredResponse> kept_response(std::string_view answer, std::string_view body,
                                     size_t earlier) {
  TRY(const json::Document said, json::parse(std::string(answer)));
  TRY(const json::Document asked, json::parse(std::string(body)));
  const Value* held = said.root().find("response");
  const Value& response = held ? *held : said.root();
  const Value* output = response.find("output");
  const Value* input = asked.root().find("input");
  if (!output || !input) return fail(Code::Internal, "An answer has no output.");
  StoredResponse kept;
  kept.id = response.find_text("id");
  json::Writer json(kept.body);
  json.object();
  for (const Value& field : response.children) {
    if (field.name != "output") json.key(field.name).raw(field.raw);
  }
  json.end_object();
  for (const Value& item : output->children) {
    kept.output.push_back({std::string(item.find_text("id")), std::string(item.raw)});
  }
  if (input->is_string()) {
    kept.input.push_back(input_text(input->text, kept.id));
    return kept;
  }
  for (size_t i = earlier; i < input->children.size(); ++i) {
    kept.input.push_back(input_item(input->children[i], kept.id, i - earlier));
  }
  // A text behind earlier items stands in the list as a message.
  return kept;
}

size_t kept_bytes(const StoredResponse& response) {
  size_t bytes = response.body.size();
  for (const auto* items : {&response.input, &response.output}) {
    for (const StoredItem& item : *items) bytes += item.body.size();
  }
  return bytes;
}

std::string shown_response(const StoredResponse& response, const std::vector<StoredItem>& output) {
  std::string out = response.body.substr(0, response.body.size() - 1) + ",\"output\":[";
  for (size_t i = 0; i < output.size(); ++i) {
    if (i > 0) out += ',';
    out += output[i].body;
  }
  return out + "]}";
}

Result<std::string> replayed_response(const std::string& response, int64_t after) {
  TRY(const messages::Answer answer, parse_answer(response));
  ResponseStreamWriter writer({});
  std::string all;
  Event start = event(Event::Kind::Start, 0);
  start.id = answer.id;
  start.model = answer.model;
  start.created_s = answer.created_s;
  start.extras = answer.extras;
  writer.write(start, all);
  const messages::Choice& choice = answer.choices.front();
  for (size_t i = 0; i < choice.parts.size(); ++i) {
    play_part(choice.parts[i], static_cast<int64_t>(i), writer, all);
  }
  Event end = event(Event::Kind::ChoiceEnd, 0);
  end.finish = choice.finish;
  writer.write(end, all);
  writer.finish(answer.usage.value_or(cost::Usage()), {}, all);
  size_t begin = 0;
  for (int64_t number = 0; number <= after && begin < all.size(); ++number) {
    begin = all.find("\n\n", begin) + 2;
  }
  return all.substr(std::min(begin, all.size()));
}

}  // namespace tandem::gateway::responses
