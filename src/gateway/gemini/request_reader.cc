#include "gateway/gemini/request_reader.h"

#include "gateway/gemini/fields.h"
#include "gateway/gemini/part_reader.h"
#include "gateway/gemini/schema.h"
#include "gateway/gemini/thinking.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::gemini {
namespace {

using json::Value;
using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;
using messages::Tool;

constexpr std::string_view kConfig = "generationConfig.";
constexpr int64_t kLargestCount = 1'000'000'000;

std::string element(const std::string& list, size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

Result<void> read_parts(const Value& content, const std::string& at, CallIds& ids,
                        std::vector<Part>& parts) {
  const Value* list = find(content, "parts");
  if (!list) return {};
  const std::vector<const Value*> values = elements(*list);
  parts.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    TRY(Part part, read_part(*values[i], element(at + ".parts", i), ids));
    parts.push_back(std::move(part));
  }
  return {};
}

Result<Message> read_content(const Value& content, const std::string& at, CallIds& ids) {
  if (!content.is_object()) return wrong_field(at, "an object with a role and parts");
  Message message;
  TRY_VOID(read_parts(content, at, ids, message.parts));
  const std::string_view role = find_text(content, "role");
  bool only_results = !message.parts.empty();
  for (const Part& part : message.parts) {
    only_results = only_results && part.kind == Part::Kind::ToolResult;
  }
  if (role == "model") {
    message.role = Role::Assistant;
  } else if (role.empty() || role == "user" || role == "function") {
    message.role = only_results ? Role::Tool : Role::User;
    if (role != "user") note(message.extras, "role", role.empty() ? "" : R"("function")");
  } else {
    return wrong_field(at + ".role", R"("user" or "model")");
  }
  keep_unknown(content, {"role", "parts"}, message.extras);
  return message;
}

Result<void> read_contents(const Value& body, Request& request) {
  CallIds ids;
  if (const Value* system = find(body, "systemInstruction")) {
    Message message;
    message.role = Role::System;
    if (system->is_string()) {  // as the SDKs' own helpers write it
      message.parts.push_back(messages::text_part(std::string(system->text)));
    } else {
      if (!system->is_object()) return wrong_field("systemInstruction", "an object with parts");
      TRY_VOID(read_parts(*system, "systemInstruction", ids, message.parts));
      if (const Value* role = find(*system, "role")) note(message.extras, "role", role->raw);
      keep_unknown(*system, {"role", "parts"}, message.extras);
    }
    request.messages.push_back(std::move(message));
  }
  const Value* contents = find(body, "contents");
  if (!contents || (contents->is_array() && contents->children.empty())) {
    return wrong_field("contents", "a list with at least one content");
  }
  const std::vector<const Value*> list = elements(*contents);
  for (size_t i = 0; i < list.size(); ++i) {
    TRY(Message message, read_content(*list[i], element("contents", i), ids));
    request.messages.push_back(std::move(message));
  }
  return {};
}

Result<Tool> read_function(const Value& value, const std::string& at) {
  if (!value.is_object()) return wrong_field(at, "an object with a name");
  Tool tool;
  TRY(tool.name, get_text(value, "name", at));
  tool.description = find_text(value, "description");
  const Value* schema = find(value, "parametersJsonSchema");
  const Value* own = find(value, "parameters");
  if (schema) {
    tool.parameters = schema->raw;
  } else if (own) {
    tool.parameters = to_json_schema(*own);
    note(tool.extras, "parameters", own->raw);
  }
  keep_unknown(value, {"name", "description", "parametersJsonSchema", "parameters"}, tool.extras);
  return tool;
}

// The API groups functions and its own tools (googleSearch, codeExecution, …) in objects. Usually
// it is one object with functions: how other groups were is kept as a note.
Result<void> read_tools(const Value& body, Request& request) {
  const Value* tools = find(body, "tools");
  if (!tools) return {};
  const std::vector<const Value*> groups = elements(*tools);
  bool usual = groups.size() == 1;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::string at = element("tools", i);
    if (!groups[i]->is_object()) return wrong_field(at, "an object with functionDeclarations");
    size_t functions = 0;
    for (const Value& field : groups[i]->children) {
      if (field.is_null()) continue;
      if (!is_named(field.name, "functionDeclarations")) {
        Tool tool;
        tool.is_native = true;
        tool.name = field.name;
        keep(tool.extras, field.name, field.raw);
        request.tools.push_back(std::move(tool));
        usual = false;
        continue;
      }
      for (const Value* function : elements(field)) {
        TRY(Tool tool,
            read_function(*function, element(at + ".functionDeclarations", functions++)));
        request.tools.push_back(std::move(tool));
      }
    }
    usual = usual && functions > 0;
  }
  if (!usual) note(request.extras, "tools", tools->raw);
  return {};
}

Result<void> read_tool_config(const Value& body, Request& request) {
  using Kind = messages::ToolChoice::Kind;
  const Value* config = find(body, "toolConfig");
  if (!config) return {};
  if (!config->is_object()) return wrong_field("toolConfig", "an object");
  const Value* calling = find(*config, "functionCallingConfig");
  messages::Extras unknown;
  keep_unknown(*config, {"functionCallingConfig"}, unknown);
  if (calling) {
    if (!calling->is_object()) return wrong_field("toolConfig.functionCallingConfig", "an object");
    keep_unknown(*calling, {"mode", "allowedFunctionNames"}, unknown);
    const std::string_view mode = find_text(*calling, "mode");
    std::vector<std::string> names;
    if (const Value* allowed = find(*calling, "allowedFunctionNames")) {
      for (const Value* name : elements(*allowed)) names.emplace_back(name->text);
    }
    if (mode == "ANY") {
      request.tool_choice.emplace();
      request.tool_choice->kind = names.size() == 1 ? Kind::Named : Kind::Required;
      if (names.size() == 1) request.tool_choice->name = names[0];
    } else if (mode == "NONE") {
      request.tool_choice = {Kind::None, ""};
    } else if (mode == "AUTO" || mode == "VALIDATED") {
      request.tool_choice = {Kind::Auto, ""};
    } else if (!mode.empty() && mode != "MODE_UNSPECIFIED") {
      return wrong_field("toolConfig.functionCallingConfig.mode", "AUTO, ANY, NONE or VALIDATED");
    }
    const bool one = mode == "ANY" && names.size() == 1;
    if ((!names.empty() && !one) || mode == "VALIDATED") {
      keep(unknown, "allowedFunctionNames", calling->raw);
    }
  }
  if (!unknown.empty() || !request.tool_choice) keep(request.extras, "toolConfig", config->raw);
  return {};
}

Result<void> read_count(const Value& config, std::string_view name, std::optional<int64_t>& into) {
  const Value* value = find(config, name);
  if (!value) return {};
  into = whole(*value);
  if (into && *into >= 0 && *into <= kLargestCount) return {};
  return wrong_field(std::string(kConfig) + std::string(name),
                     "a whole number from 0 to 1000000000");
}

Result<void> read_number(const Value& config, std::string_view name, std::optional<double>& into) {
  const Value* value = find(config, name);
  if (!value) return {};
  into = real(*value);
  if (!into) return wrong_field(std::string(kConfig) + std::string(name), "a number");
  return {};
}

Result<void> read_stop(const Value& config, Request& request) {
  const Value* stop = find(config, "stopSequences");
  if (!stop) return {};
  for (const Value* text : elements(*stop)) {
    if (!text->is_string()) return wrong_field("generationConfig.stopSequences", "a list of texts");
    request.stop.emplace_back(text->text);
  }
  return {};
}

void read_format(const Value& config, Request& request) {
  using Kind = messages::ResponseFormat::Kind;
  const Value* type = find(config, "responseMimeType");
  const Value* json_schema = find(config, "responseJsonSchema");
  const Value* own_schema = find(config, "responseSchema");
  const Value* schema = json_schema ? json_schema : own_schema;
  const std::string_view name = type && type->is_string() ? type->text : std::string_view{};
  if (!schema && name.empty()) return;
  if (!schema && name == "text/plain") {
    request.format.emplace();
  } else if (name == "application/json") {
    request.format.emplace();
    request.format->kind = schema ? Kind::JsonSchema : Kind::JsonObject;
    if (json_schema) request.format->schema = json_schema->raw;
    if (!json_schema && own_schema) {
      request.format->schema = to_json_schema(*own_schema);
      note(request.extras, "responseSchema", own_schema->raw);
    }
  } else {
    // "text/x.enum" and what comes after it.
    for (const Value* field : {type, schema}) {
      if (!field) continue;
      keep(request.extras, std::string(kConfig) + std::string(field->name), field->raw);
    }
  }
}

Result<void> read_config(const Value& body, Request& request) {
  const Value* config = find(body, "generationConfig");
  if (!config) return {};
  if (!config->is_object()) return wrong_field("generationConfig", "an object");
  TRY_VOID(read_number(*config, "temperature", request.temperature));
  TRY_VOID(read_number(*config, "topP", request.top_p));
  TRY_VOID(read_number(*config, "presencePenalty", request.presence_penalty));
  TRY_VOID(read_number(*config, "frequencyPenalty", request.frequency_penalty));
  TRY_VOID(read_count(*config, "topK", request.top_k));
  TRY_VOID(read_count(*config, "maxOutputTokens", request.max_tokens));
  if (const Value* seed = find(*config, "seed")) {
    request.seed = whole(*seed);
    if (!request.seed) return wrong_field("generationConfig.seed", "a whole number");
  }
  std::optional<int64_t> choices;
  TRY_VOID(read_count(*config, "candidateCount", choices));
  request.choices = choices.value_or(1);
  if (choices == 1) note(request.extras, "candidateCount");
  TRY_VOID(read_stop(*config, request));
  read_format(*config, request);
  if (const Value* thinking = find(*config, "thinkingConfig")) {
    if (!thinking->is_object()) return wrong_field("generationConfig.thinkingConfig", "an object");
    request.reasoning = read_thinking(*thinking);
    note(request.extras, "thinkingConfig", thinking->raw);
  }
  keep_unknown(*config,
               {"temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences",
                "presencePenalty", "frequencyPenalty", "seed", "responseMimeType", "responseSchema",
                "responseJsonSchema", "thinkingConfig"},
               request.extras, kConfig);
  return {};
}

}  // namespace

Result<Request> parse_request(std::string_view text) {
  TRY(const json::Document document, json::parse(std::string(text)));
  const Value& body = document.root();
  if (!body.is_object()) return fail(Code::InvalidArgument, "The body must be a JSON object.");
  Request request;
  request.dialect = kName;
  TRY_VOID(read_contents(body, request));
  TRY_VOID(read_tools(body, request));
  TRY_VOID(read_tool_config(body, request));
  TRY_VOID(read_config(body, request));
  keep_unknown(
      body, {"model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"},
      request.extras);
  return request;
}

}  // namespace tandem::gateway::gemini
