#include "gateway/anthropic/request_reader.h"

#include <boost/json.hpp>

#include "gateway/anthropic/part_reader.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;
using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;

Result<std::optional<int64_t>> get_count(const bj::object& body, std::string_view key) {
  const bj::value* value = find(body, key);
  if (!value) return std::optional<int64_t>();
  const auto count = find_count(body, key);
  if (!count || *count < 0) return wrong_field(std::string(key), "a whole number, 0 or more");
  return count;
}

Result<std::optional<double>> get_number(const bj::object& body, std::string_view key) {
  const bj::value* value = find(body, key);
  if (!value) return std::optional<double>();
  if (!value->is_number()) return wrong_field(std::string(key), "a number");
  return std::optional<double>(value->to_number<double>());
}

Result<const bj::object*> get_object(const bj::object& body, std::string_view key) {
  const bj::value* value = find(body, key);
  if (value && !value->is_object()) return wrong_field(std::string(key), "an object");
  return value ? &value->get_object() : nullptr;
}

Result<void> read_system(const bj::object& body, Request& request) {
  const bj::value* system = find(body, "system");
  if (!system) return {};
  TRY(Content content, read_content(*system, "system"));
  Message message;
  message.role = Role::System;
  message.parts = std::move(content.parts);
  message.is_plain = content.is_plain;
  request.messages.push_back(std::move(message));
  return {};
}

// Results of tools become messages of their own, in front of the others that came with them.
void add_user_message(Message message, std::vector<Message>& out) {
  std::vector<Part> rest;
  for (Part& part : message.parts) {
    if (part.kind != Part::Kind::ToolResult) {
      rest.push_back(std::move(part));
      continue;
    }
    Message result;
    result.role = Role::Tool;
    result.is_plain = messages::find_extra(part.extras, "content") != nullptr;
    result.parts.push_back(std::move(part));
    out.push_back(std::move(result));
  }
  if (rest.empty() && !message.parts.empty()) {
    out.back().extras = std::move(message.extras);
    return;
  }
  message.parts = std::move(rest);
  out.push_back(std::move(message));
}

Result<void> read_message(const bj::value& value, const std::string& where, Request& request) {
  const bj::object* object = value.if_object();
  if (!object) return wrong_field(where, "an object with role and content");
  TRY(const std::string role, get_text(*object, "role", where));
  const bj::value* content = find(*object, "content");
  if (!content) return wrong_field(where + ".content", "a text or a list of content blocks");
  TRY(Content read, read_content(*content, where + ".content"));
  Message message;
  message.parts = std::move(read.parts);
  message.is_plain = read.is_plain;
  message.extras = rest_of(*object, {"role", "content"}, Nulls::Skip);
  if (role == "user") {
    add_user_message(std::move(message), request.messages);
    return {};
  }
  if (role == "assistant") {
    message.role = Role::Assistant;
  } else if (role == "system") {
    // Not the system prompt: it keeps its place among the turns.
    message.role = Role::System;
    message.extras.push_back({"role", "", kName, true});
  } else {
    return wrong_field(where + ".role", "\"user\", \"assistant\" or \"system\"");
  }
  request.messages.push_back(std::move(message));
  return {};
}

Result<void> read_messages(const bj::object& body, Request& request) {
  const bj::value* list = find(body, "messages");
  const bj::array* messages = list ? list->if_array() : nullptr;
  if (!messages || messages->empty()) {
    return wrong_field("messages", "a list with at least one message");
  }
  for (size_t i = 0; i < messages->size(); ++i) {
    TRY_VOID(read_message((*messages)[i], "messages[" + std::to_string(i) + "]", request));
  }
  return {};
}

Result<messages::Tool> read_tool(const bj::value& value, const std::string& where) {
  const bj::object* object = value.if_object();
  if (!object) return wrong_field(where, "an object with name and input_schema");
  messages::Tool tool;
  const std::string type = text_or_empty(*object, "type");
  if (!type.empty() && type != "custom") {
    tool.is_native = true;
    tool.name = text_or_empty(*object, "name");
    tool.extras = rest_of(*object, {}, Nulls::Keep);
    return tool;
  }
  TRY(tool.name, get_text(*object, "name", where));
  tool.description = text_or_empty(*object, "description");
  if (const bj::value* schema = find(*object, "input_schema")) tool.parameters = raw(*schema);
  if (const bj::value* strict = find(*object, "strict")) {
    if (!strict->is_bool()) return wrong_field(where + ".strict", "true or false");
    tool.strict = strict->get_bool();
  }
  tool.extras =
      rest_of(*object, {"type", "name", "description", "input_schema", "strict"}, Nulls::Skip);
  return tool;
}

Result<void> read_tools(const bj::object& body, Request& request) {
  const bj::value* tools = find(body, "tools");
  if (!tools) return {};
  if (!tools->is_array()) return wrong_field("tools", "a list of tools");
  for (size_t i = 0; i < tools->get_array().size(); ++i) {
    const std::string where = "tools[" + std::to_string(i) + "]";
    TRY(messages::Tool tool, read_tool(tools->get_array()[i], where));
    request.tools.push_back(std::move(tool));
  }
  return {};
}

Result<void> read_tool_choice(const bj::object& body, Request& request) {
  TRY(const bj::object* object, get_object(body, "tool_choice"));
  if (!object) return {};
  using Kind = messages::ToolChoice::Kind;
  TRY(const std::string type, get_text(*object, "type", "tool_choice"));
  messages::ToolChoice choice;
  if (type == "tool") {
    choice.kind = Kind::Named;
    TRY(choice.name, get_text(*object, "name", "tool_choice"));
  } else if (type == "any") {
    choice.kind = Kind::Required;
  } else if (type == "none") {
    choice.kind = Kind::None;
  } else if (type != "auto") {
    return wrong_field("tool_choice.type", "\"auto\", \"any\", \"tool\" or \"none\"");
  }
  request.tool_choice = choice;
  if (const bj::value* single = find(*object, "disable_parallel_tool_use")) {
    if (!single->is_bool()) {
      return wrong_field("tool_choice.disable_parallel_tool_use", "true or false");
    }
    request.parallel_tool_calls = !single->get_bool();
  }
  return {};
}

// `thinking` and `output_config.effort` say together how much a model thinks. Which of them was
// there, and how, is kept as a note.
Result<void> read_reasoning(const bj::object& body, const bj::object* output, Request& request) {
  TRY(const bj::object* thinking, get_object(body, "thinking"));
  const std::string effort = output ? text_or_empty(*output, "effort") : std::string();
  if (!thinking && effort.empty()) return {};
  messages::Reasoning reasoning;
  reasoning.effort = effort;
  if (thinking) {
    TRY(const std::string type, get_text(*thinking, "type", "thinking"));
    reasoning.enabled = type != "disabled";
    reasoning.budget_tokens = find_count(*thinking, "budget_tokens");
    if (type == "enabled" && !reasoning.budget_tokens) {
      return wrong_field("thinking.budget_tokens", "a whole number");
    }
  }
  request.reasoning = reasoning;
  request.extras.push_back({"thinking", thinking ? raw(*thinking) : "", kName, true});
  return {};
}

Result<void> read_output_config(const bj::object& body, Request& request) {
  TRY(const bj::object* output, get_object(body, "output_config"));
  TRY_VOID(read_reasoning(body, output, request));
  if (!output) return {};
  bj::object rest = *output;
  if (!text_or_empty(rest, "effort").empty()) rest.stable_erase("effort");
  const bj::object* format = find_object(*output, "format");
  if (format && text_or_empty(*format, "type") == "json_schema" && format->size() == 2 &&
      format->contains("schema")) {
    request.format.emplace();
    request.format->kind = messages::ResponseFormat::Kind::JsonSchema;
    request.format->schema = raw(format->at("schema"));
    rest.stable_erase("format");
  }
  if (!rest.empty()) request.extras.push_back({"output_config", raw(rest), kName});
  return {};
}

Result<void> read_metadata(const bj::object& body, Request& request) {
  TRY(const bj::object* metadata, get_object(body, "metadata"));
  if (!metadata) return {};
  request.user = text_or_empty(*metadata, "user_id");
  bj::object rest = *metadata;
  rest.stable_erase("user_id");
  if (!rest.empty()) request.extras.push_back({"metadata", raw(rest), kName});
  return {};
}

Result<void> read_stop(const bj::object& body, Request& request) {
  const bj::value* stop = find(body, "stop_sequences");
  if (!stop) return {};
  if (!stop->is_array()) return wrong_field("stop_sequences", "a list of texts");
  for (const bj::value& text : stop->get_array()) {
    if (!text.is_string()) return wrong_field("stop_sequences", "a list of texts");
    request.stop.emplace_back(text.get_string());
  }
  return {};
}

}  // namespace

Result<Request> parse_request(std::string_view text) {
  TRY(const bj::object body, parse_object(text, Code::InvalidArgument));
  Request request;
  request.dialect = kName;
  TRY(request.model, get_text(body, "model", ""));
  TRY_VOID(read_system(body, request));
  TRY_VOID(read_messages(body, request));
  TRY_VOID(read_tools(body, request));
  TRY_VOID(read_tool_choice(body, request));
  TRY_VOID(read_output_config(body, request));
  TRY_VOID(read_metadata(body, request));
  TRY_VOID(read_stop(body, request));
  TRY(request.max_tokens, get_count(body, "max_tokens"));
  TRY(request.top_k, get_count(body, "top_k"));
  TRY(request.temperature, get_number(body, "temperature"));
  TRY(request.top_p, get_number(body, "top_p"));
  if (const bj::value* stream = find(body, "stream")) {
    if (!stream->is_bool()) return wrong_field("stream", "true or false");
    request.stream = stream->get_bool();
  }
  request.service_tier = text_or_empty(body, "service_tier");
  messages::Extras rest =
      rest_of(body,
              {"model", "system", "messages", "tools", "tool_choice", "output_config", "thinking",
               "metadata", "stop_sequences", "max_tokens", "top_k", "temperature", "top_p",
               "stream", "service_tier"},
              Nulls::Skip);
  request.extras.insert(request.extras.end(), rest.begin(), rest.end());
  return request;
}

}  // namespace tandem::gateway::anthropic
