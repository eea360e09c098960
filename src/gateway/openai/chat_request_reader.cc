#include "gateway/openai/chat_request_reader.h"

#include "gateway/messages/json_fields.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::openai {
namespace {

using json::Value;
using messages::read_count;
using messages::read_flag;
using messages::read_number;
using messages::read_text;
using messages::Request;
using messages::Tool;

constexpr size_t kMostMessages = 16'384;
constexpr size_t kMostTools = 16'384;

void keep(const Value& field, Request& request) {
  keep_field(field.name, field.raw, request.extras);
}

Result<void> read_messages(const Value& body, Request& request) {
  const Value* list = body.find("messages");
  if (!list || !list->is_array() || list->children.empty()) {
    return wrong_field("messages", "a list with at least one message");
  }
  if (list->children.size() > kMostMessages) {
    return wrong_field("messages", "a list of at most 16384 messages");
  }
  request.messages.reserve(list->children.size());
  for (size_t i = 0; i < list->children.size(); ++i) {
    TRY(messages::Message message,
        read_chat_message(list->children[i], "messages[" + std::to_string(i) + "]"));
    request.messages.push_back(std::move(message));
  }
  return {};
}

Result<Tool> read_tool(const Value& value, const std::string& at) {
  if (!value.is_object()) return wrong_field(at, "an object");
  Tool tool;
  if (value.find_text("type") != "function") {
    tool.is_native = true;
    tool.name = value.find_text("type");
    keep_field("tools", value.raw, tool.extras);
    return tool;
  }
  const Value* function = value.find("function");
  if (!function || function->find_text("name").empty()) {
    return wrong_field(at + ".function", "an object with a name");
  }
  tool.name = function->find_text("name");
  tool.description = function->find_text("description");
  if (const Value* parameters = function->find("parameters")) tool.parameters = parameters->raw;
  if (const Value* strict = function->find("strict")) tool.strict = strict->boolean();
  keep_unknown(*function, {"name", "description", "parameters", "strict"}, tool.extras,
               "function.");
  keep_unknown(value, {"type", "function"}, tool.extras);
  return tool;
}

Result<void> read_tools(const Value& body, Request& request) {
  const Value* list = body.find("tools");
  if (!list) return {};
  if (!list->is_array() || list->children.size() > kMostTools) {
    return wrong_field("tools", "a list of at most 16384 tools");
  }
  for (size_t i = 0; i < list->children.size(); ++i) {
    TRY(Tool tool, read_tool(list->children[i], "tools[" + std::to_string(i) + "]"));
    request.tools.push_back(std::move(tool));
  }
  if (list->children.empty()) keep_note("tools", "", request.extras);
  return {};
}

void read_tool_choice(const Value& body, Request& request) {
  using Kind = messages::ToolChoice::Kind;
  const Value* choice = body.find("tool_choice");
  if (!choice) return;
  if (choice->is_string()) {
    for (const auto& [name, kind] :
         {std::pair{"auto", Kind::Auto}, {"none", Kind::None}, {"required", Kind::Required}}) {
      if (choice->text != name) continue;
      request.tool_choice = {kind, ""};
      return;
    }
  } else if (choice->find_text("type") == "function" && choice->find("function")) {
    const Value& function = *choice->find("function");
    if (const std::string_view name = function.find_text("name"); !name.empty()) {
      request.tool_choice = {Kind::Named, std::string(name)};
      return;
    }
  }
  keep(*choice, request);  // "allowed_tools" and what comes after it
}

Result<void> read_format(const Value& body, Request& request) {
  const Value* value = body.find("response_format");
  if (!value) return {};
  const std::string_view type = value->find_text("type");
  messages::ResponseFormat format;
  if (type == "json_object")
    format.kind = messages::ResponseFormat::Kind::JsonObject;
  else if (type == "json_schema")
    format.kind = messages::ResponseFormat::Kind::JsonSchema;
  else if (type != "text") {
    keep(*value, request);
    return {};
  }
  const bool schema = type == "json_schema";
  const Value* described = schema ? value->find("json_schema") : nullptr;
  if (schema && (!described || !described->is_object())) {
    return wrong_field("response_format.json_schema", "an object with a name and a schema");
  }
  messages::Extras unknown;
  keep_unknown(*value, {"type", "json_schema"}, unknown);
  if (described) {
    format.name = described->find_text("name");
    format.description = described->find_text("description");
    if (const Value* text = described->find("schema")) format.schema = text->raw;
    if (const Value* strict = described->find("strict")) format.strict = strict->boolean();
    keep_unknown(*described, {"name", "description", "schema", "strict"}, unknown);
  }
  if (!unknown.empty()) keep_note("response_format", value->raw, request.extras);
  request.format = std::move(format);
  return {};
}

Result<void> read_stop(const Value& body, Request& request) {
  const Value* stop = body.find("stop");
  if (!stop) return {};
  if (stop->is_string()) {
    request.stop.emplace_back(stop->text);
    keep_note("stop", "", request.extras);
    return {};
  }
  if (!stop->is_array()) return wrong_field("stop", "a text or a list of texts");
  for (const Value& text : stop->children) {
    if (!text.is_string()) return wrong_field("stop", "a text or a list of texts");
    request.stop.emplace_back(text.text);
  }
  return {};
}

Result<void> read_limits(const Value& body, Request& request) {
  TRY_VOID(read_count(body, "max_completion_tokens", request.max_tokens));
  if (request.max_tokens) {
    keep_note("max_completion_tokens", "", request.extras);
    if (const Value* old = body.find("max_tokens")) keep(*old, request);
  } else {
    TRY_VOID(read_count(body, "max_tokens", request.max_tokens));
  }
  std::optional<int64_t> choices;
  TRY_VOID(read_count(body, "n", choices));
  request.choices = choices.value_or(1);
  if (choices == 1) keep_note("n", "", request.extras);
  TRY_VOID(read_number(body, "temperature", request.temperature));
  TRY_VOID(read_number(body, "top_p", request.top_p));
  TRY_VOID(read_number(body, "frequency_penalty", request.frequency_penalty));
  TRY_VOID(read_number(body, "presence_penalty", request.presence_penalty));
  // vLLM and llama-server know it; there -1 says that there is no limit.
  if (const Value* top_k = body.find("top_k")) {
    request.top_k = top_k->integer();
    if (!request.top_k) return wrong_field("top_k", "a whole number");
  }
  if (const Value* seed = body.find("seed")) {
    request.seed = seed->integer();
    if (!request.seed) return wrong_field("seed", "a whole number");
  }
  return {};
}

Result<void> read_stream(const Value& body, Request& request) {
  std::optional<bool> stream;
  TRY_VOID(read_flag(body, "stream", stream));
  request.stream = stream.value_or(false);
  if (stream == false) keep_note("stream", "", request.extras);
  const Value* options = body.find("stream_options");
  if (!options) return {};
  if (!options->is_object()) return wrong_field("stream_options", "an object");
  keep_note("stream_options", options->raw, request.extras);
  return {};
}

}  // namespace

Result<Request> read_chat_request(std::string_view text) {
  TRY(const json::Document document, json::parse(std::string(text)));
  const Value& body = document.root();
  if (!body.is_object()) return fail(Code::InvalidArgument, "The body must be a JSON object.");
  Request request;
  request.dialect = kDialectName;
  TRY_VOID(read_text(body, "model", request.model));
  if (request.model.empty()) {
    return missing_model();
  }
  TRY_VOID(read_messages(body, request));
  TRY_VOID(read_tools(body, request));
  read_tool_choice(body, request);
  TRY_VOID(read_flag(body, "parallel_tool_calls", request.parallel_tool_calls));
  TRY_VOID(read_limits(body, request));
  TRY_VOID(read_stop(body, request));
  TRY_VOID(read_format(body, request));
  std::string effort;
  TRY_VOID(read_text(body, "reasoning_effort", effort));
  if (!effort.empty()) request.reasoning = {effort != "none", effort, std::nullopt};
  TRY_VOID(read_text(body, "user", request.user));
  TRY_VOID(read_text(body, "service_tier", request.service_tier));
  TRY_VOID(read_stream(body, request));
  keep_unknown(body,
               {"model",
                "messages",
                "tools",
                "tool_choice",
                "parallel_tool_calls",
                "max_tokens",
                "max_completion_tokens",
                "n",
                "temperature",
                "top_p",
                "top_k",
                "frequency_penalty",
                "presence_penalty",
                "seed",
                "stop",
                "response_format",
                "reasoning_effort",
                "user",
                "service_tier",
                "stream",
                "stream_options"},
               request.extras);
  return request;
}

}  // namespace tandem::gateway::openai
