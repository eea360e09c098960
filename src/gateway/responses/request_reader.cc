#include "gateway/responses/request_reader.h"

#include "gateway/messages/json_fields.h"
#include "gateway/request_errors.h"
#include "gateway/responses/fields.h"
#include "gateway/responses/item_reader.h"

namespace tandem::gateway::responses {
namespace {

using json::Value;
using messages::kLargestCount;
using messages::Message;
using messages::read_flag;
using messages::read_number;
using messages::read_text;
using messages::Request;
using messages::Role;
using messages::Tool;

constexpr size_t kMostItems = 16'384;

Result<void> read_input(const Value& body, Request& request) {
  std::string instructions;
  TRY_VOID(read_text(body, "instructions", instructions));
  if (body.find("instructions")) {
    Message message;
    message.role = Role::System;
    message.is_plain = true;
    message.parts.push_back(messages::text_part(std::move(instructions)));
    keep_note("instructions", "", message.extras);
    request.messages.push_back(std::move(message));
  }
  const Value* input = body.find("input");
  if (input && input->is_string()) {
    Message message;
    message.is_plain = true;
    message.parts.push_back(messages::text_part(std::string(input->text)));
    keep_note("input", "", request.extras);
    request.messages.push_back(std::move(message));
    return {};
  }
  if (!input || !input->is_array() || input->children.empty()) {
    return wrong_field("input", "a text or a list with at least one item");
  }
  if (input->children.size() > kMostItems) {
    return wrong_field("input", "a list of at most 16384 items");
  }
  for (size_t i = 0; i < input->children.size(); ++i) {
    TRY_VOID(read_input_item(input->children[i], element("input", i), request.messages));
  }
  return {};
}

Result<Tool> read_tool(const Value& value, const std::string& at) {
  if (!value.is_object()) return wrong_field(at, "an object with a type");
  Tool tool;
  const std::string_view type = value.find_text("type");
  if (type.empty()) return wrong_field(at + ".type", "a text");
  if (type != "function") {
    tool.is_native = true;
    tool.name = type;
    keep_field("tools", value.raw, tool.extras);
    return tool;
  }
  tool.name = value.find_text("name");
  if (tool.name.empty()) return wrong_field(at + ".name", "the name of a function");
  tool.description = value.find_text("description");
  if (const Value* parameters = value.find("parameters")) tool.parameters = parameters->raw;
  if (const Value* strict = value.find("strict")) tool.strict = strict->boolean();
  keep_unknown(value, {"type", "name", "description", "parameters", "strict"}, tool.extras);
  return tool;
}

Result<void> read_tools(const Value& body, Request& request) {
  const Value* list = body.find("tools");
  if (!list) return {};
  if (!list->is_array() || list->children.size() > kMostItems) {
    return wrong_field("tools", "a list of at most 16384 tools");
  }
  for (size_t i = 0; i < list->children.size(); ++i) {
    TRY(Tool tool, read_tool(list->children[i], element("tools", i)));
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
  } else if (choice->find_text("type") == "function" && !choice->find_text("name").empty()) {
    request.tool_choice = {Kind::Named, std::string(choice->find_text("name"))};
    return;
  }
  keep_field("tool_choice", choice->raw, request.extras);  // a built-in tool, "allowed_tools"
}

// text.format, and text.verbosity beside it.
Result<void> read_format(const Value& body, Request& request) {
  const Value* text = body.find("text");
  if (!text) return {};
  if (!text->is_object()) return wrong_field("text", "an object");
  keep_note("text", text->raw, request.extras);
  if (const Value* verbosity = text->find("verbosity")) {
    keep_field("text.verbosity", verbosity->raw, request.extras);
  }
  const Value* value = text->find("format");
  if (!value) return {};
  const std::string_view type = value->find_text("type");
  messages::ResponseFormat format;
  if (type == "json_object") {
    format.kind = messages::ResponseFormat::Kind::JsonObject;
  } else if (type == "json_schema") {
    format.kind = messages::ResponseFormat::Kind::JsonSchema;
    format.name = value->find_text("name");
    format.description = value->find_text("description");
    const Value* schema = value->find("schema");
    if (!schema || !schema->is_object()) return wrong_field("text.format.schema", "a JSON schema");
    format.schema = schema->raw;
    if (const Value* strict = value->find("strict")) format.strict = strict->boolean();
  } else if (type != "text") {
    return wrong_field("text.format.type", "\"text\", \"json_schema\" or \"json_object\"");
  }
  request.format = std::move(format);
  return {};
}

Result<void> read_reasoning(const Value& body, Request& request) {
  const Value* reasoning = body.find("reasoning");
  if (!reasoning) return {};
  if (!reasoning->is_object()) return wrong_field("reasoning", "an object");
  keep_note("reasoning", reasoning->raw, request.extras);
  const std::string_view effort = reasoning->find_text("effort");
  if (!effort.empty()) request.reasoning = {effort != "none", std::string(effort), std::nullopt};
  for (const std::string_view name : {"summary", "generate_summary"}) {
    if (const Value* summary = reasoning->find(name)) {
      keep_field("reasoning." + std::string(name), summary->raw, request.extras);
    }
  }
  return {};
}

// What Tandem does itself, or what asks for what it does anyway.
Result<void> read_own(const Value& body, Request& request) {
  for (const std::string_view name :
       {"store", "metadata", "previous_response_id", "background", "stream_options"}) {
    if (const Value* value = body.find(name)) keep_note(name, value->raw, request.extras);
  }
  if (const Value* include = body.find("include")) {
    if (!include->is_array()) return wrong_field("include", "a list of texts");
    bool only_sealed = true;
    for (const Value& entry : include->children) {
      only_sealed = only_sealed && entry.text == "reasoning.encrypted_content";
    }
    request.extras.push_back({"include", std::string(include->raw), kName, only_sealed});
  }
  if (const Value* truncation = body.find("truncation")) {
    const bool off = truncation->text == "disabled";
    request.extras.push_back({"truncation", std::string(truncation->raw), kName, off});
  }
  return {};
}

Result<void> read_limits(const Value& body, Request& request) {
  if (const Value* most = body.find("max_output_tokens")) {
    request.max_tokens = most->integer();
    if (!request.max_tokens || *request.max_tokens < 0 || *request.max_tokens > kLargestCount) {
      return wrong_field("max_output_tokens", "a whole number from 0 to 1000000000");
    }
  }
  TRY_VOID(read_number(body, "temperature", request.temperature));
  TRY_VOID(read_number(body, "top_p", request.top_p));
  std::optional<bool> stream;
  TRY_VOID(read_flag(body, "stream", stream));
  request.stream = stream.value_or(false);
  if (stream == false) keep_note("stream", "", request.extras);
  return {};
}

}  // namespace

Result<Request> parse_request(std::string_view text) {
  TRY(const json::Document document, json::parse(std::string(text)));
  const Value& body = document.root();
  if (!body.is_object()) return fail(Code::InvalidArgument, "The body must be a JSON object.");
  Request request;
  request.dialect = kName;
  TRY_VOID(read_text(body, "model", request.model));
  if (request.model.empty()) {
    return missing_model();
  }
  TRY_VOID(read_input(body, request));
  TRY_VOID(read_tools(body, request));
  read_tool_choice(body, request);
  TRY_VOID(read_flag(body, "parallel_tool_calls", request.parallel_tool_calls));
  TRY_VOID(read_limits(body, request));
  TRY_VOID(read_format(body, request));
  TRY_VOID(read_reasoning(body, request));
  TRY_VOID(read_text(body, "user", request.user));
  TRY_VOID(read_text(body, "service_tier", request.service_tier));
  TRY_VOID(read_own(body, request));
  keep_unknown(body,
               {"model",
                "input",
                "instructions",
                "tools",
                "tool_choice",
                "parallel_tool_calls",
                "max_output_tokens",
                "temperature",
                "top_p",
                "stream",
                "text",
                "reasoning",
                "user",
                "service_tier",
                "store",
                "metadata",
                "previous_response_id",
                "background",
                "stream_options",
                "include",
                "truncation"},
               request.extras);
  return request;
}

}  // namespace tandem::gateway::responses
