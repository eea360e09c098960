#include "gateway/gemini/request_writer.h"

#include <limits>

#include "gateway/gemini/part_writer.h"
#include "gateway/gemini/thinking.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::gemini {
namespace {

using messages::Extra;
using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;
using messages::Tool;

constexpr std::string_view kConfig = "generationConfig.";

bool is_system(const Message& message) {
  return message.role == Role::System || message.role == Role::Developer;
}

class RequestWriter {
 public:
  RequestWriter(const Request& request, const messages::WriteOptions& options)
      : request_(request),
        model_(options.model.empty() ? request.model : options.model),
        own_(request.dialect == kName),
        dropped_(written_.dropped),
        json_(written_.body),
        parts_(json_, {own_, how_it_thinks(model_) == Thinks::ByLevel}, dropped_) {}

  Result<messages::Written> run() {
    json_.object();
    TRY_VOID(write_contents());
    TRY_VOID(write_system());
    TRY_VOID(write_tools());
    write_tool_config();
    write_config();
    if (own_) {
      write_extras(json_, request_.extras);
    } else {
      dropped_.add(request_.extras);
      if (!request_.user.empty()) dropped_.add("user");
      const std::string& tier = request_.service_tier;
      if (!tier.empty() && tier != "auto" && tier != "default") dropped_.add("service_tier");
    }
    json_.end_object();
    return std::move(written_);
  }

 private:
  const Extra* note_of(std::string_view name) const {
    return find_note(own_, request_.extras, name);
  }
  std::string path_of(const Message& message) const {
    return "messages[" + std::to_string(&message - request_.messages.data()) + "]";
  }
  bool is_written(const Message& message) const {
    if (is_system(message)) return false;
    bool any = own_;
    for (const Part& part : message.parts) any = any || parts_.is_written(part);
    return any;
  }

  Result<void> write_parts(const Message& message) {
    for (size_t i = 0; i < message.parts.size(); ++i) {
      const Part& part = message.parts[i];
      if (!parts_.is_written(part)) {
        if (!part.text.empty()) dropped_.add("thinking");
        continue;
      }
      TRY_VOID(parts_.write(part, path_of(message) + ".content[" + std::to_string(i) + "]"));
    }
    return {};
  }

  void open_content(const Message& message) {
    const Extra* role = find_note(own_, message.extras, "role");
    json_.object();
    if (role && !role->json.empty())
      json_.key("role").raw(role->json);
    else if (!role)
      json_.key("role").string(message.role == Role::Assistant ? "model" : "user");
    json_.key("parts").array();
  }
  void close_content(const Message& message) {
    json_.end_array();
    if (own_)
      write_extras(json_, message.extras);
    else
      dropped_.add(message.extras);
    if (!message.name.empty()) dropped_.add("name");
    json_.end_object();
  }

  Result<void> write_contents() {
    std::vector<const Message*> turns;
    for (const Message& message : request_.messages) {
      if (is_written(message)) turns.push_back(&message);
    }
    if (turns.empty()) return wrong_field("messages", "a list with a message of a user");
    json_.key("contents").array();
    for (size_t i = 0; i < turns.size(); ++i) {
      open_content(*turns[i]);
      TRY_VOID(write_parts(*turns[i]));
      // The results of calls that were made together come together.
      while (!own_ && turns[i]->role == Role::Tool && i + 1 < turns.size() &&
             turns[i + 1]->role == Role::Tool) {
        TRY_VOID(write_parts(*turns[++i]));
      }
      close_content(*turns[i]);
    }
    json_.end_array();
    return {};
  }

  Result<void> write_system() {
    bool any = false;
    for (const Message& message : request_.messages) {
      if (!is_system(message)) continue;
      if (!any) {
        json_.key("systemInstruction").object();
        if (const Extra* role = find_note(own_, message.extras, "role")) {
          json_.key("role").raw(role->json);
        }
        if (own_) write_extras(json_, message.extras);
        json_.key("parts").array();
      }
      any = true;
      TRY_VOID(write_parts(message));
      if (!own_) dropped_.add(message.extras);
      if (!message.name.empty()) dropped_.add("name");
    }
    if (any) json_.end_array().end_object();
    return {};
  }

  void write_function(const Tool& tool) {
    json_.object().key("name").string(tool.name);
    if (!tool.description.empty()) json_.key("description").string(tool.description);
    if (const Extra* schema = find_note(own_, tool.extras, "parameters"))
      json_.key("parameters").raw(schema->json);
    else if (!tool.parameters.empty())
      json_.key("parametersJsonSchema").raw(tool.parameters);
    if (own_)
      write_extras(json_, tool.extras);
    else
      dropped_.add(tool.extras);
    json_.end_object();
  }

  Result<void> write_tools() {
    if (const Extra* given = note_of("tools")) {
      json_.key("tools").raw(given->json);
      return {};
    }
    if (request_.tools.empty()) return {};
    json_.key("tools").array().object().key("functionDeclarations").array();
    for (const Tool& tool : request_.tools) {
      if (tool.is_native) {
        return cannot_say("tools", "a tool of another provider (\"" + tool.name + "\")");
      }
      write_function(tool);
    }
    json_.end_array().end_object().end_array();
    return {};
  }

  void write_tool_config() {
    if (!own_ && !request_.parallel_tool_calls.value_or(true)) {
      dropped_.add("parallel_tool_calls");
    }
    const Extra* given = own_ ? messages::find_extra(request_.extras, "toolConfig") : nullptr;
    if (given || !request_.tool_choice || (!own_ && request_.tools.empty())) return;
    using Kind = messages::ToolChoice::Kind;
    const messages::ToolChoice& choice = *request_.tool_choice;
    json_.key("toolConfig").object().key("functionCallingConfig").object().key("mode");
    json_.string(choice.kind == Kind::Auto ? "AUTO" : choice.kind == Kind::None ? "NONE" : "ANY");
    if (choice.kind == Kind::Named) {
      json_.key("allowedFunctionNames").array().string(choice.name).end_array();
    }
    json_.end_object().end_object();
  }

  // Into an object that is written only where something is in it.
  void write_config() {
    std::string config;
    json::Writer json(config);
    json.object();
    number(json, "temperature", request_.temperature);
    number(json, "topP", request_.top_p);
    integer(json, "topK", request_.top_k);
    if (request_.choices != 1 || note_of("candidateCount")) {
      json.key("candidateCount").integer(request_.choices);
    }
    integer(json, "maxOutputTokens", request_.max_tokens);
    if (!request_.stop.empty()) {
      json.key("stopSequences").array();
      for (const std::string& stop : request_.stop) json.string(stop);
      json.end_array();
    }
    number(json, "presencePenalty", request_.presence_penalty);
    number(json, "frequencyPenalty", request_.frequency_penalty);
    write_seed(json);
    write_format(json);
    write_reasoning(json);
    if (own_) write_extras(json, request_.extras, kConfig);
    json.end_object();
    if (config != "{}") json_.key("generationConfig").raw(config);
  }

  static void number(json::Writer& json, std::string_view name, const std::optional<double>& is) {
    if (is) json.key(name).number(*is);
  }
  static void integer(json::Writer& json, std::string_view name, const std::optional<int64_t>& is) {
    if (is) json.key(name).integer(*is);
  }

  void write_seed(json::Writer& json) {
    using Limits = std::numeric_limits<int32_t>;
    if (!request_.seed) return;
    if (own_ || (*request_.seed >= Limits::min() && *request_.seed <= Limits::max()))
      json.key("seed").integer(*request_.seed);
    else
      dropped_.add("seed");
  }

  void write_format(json::Writer& json) {
    using Kind = messages::ResponseFormat::Kind;
    if (!request_.format) return;
    const messages::ResponseFormat& format = *request_.format;
    if (format.kind == Kind::Text) {
      if (own_) json.key("responseMimeType").string("text/plain");
      return;
    }
    json.key("responseMimeType").string("application/json");
    if (const Extra* schema = note_of("responseSchema"))
      json.key("responseSchema").raw(schema->json);
    else if (!format.schema.empty())
      json.key("responseJsonSchema").raw(format.schema);
  }

  void write_reasoning(json::Writer& json) {
    if (const Extra* given = note_of("thinkingConfig"))
      json.key("thinkingConfig").raw(given->json);
    else if (request_.reasoning && !write_thinking(*request_.reasoning, model_, json))
      dropped_.add("reasoning");
  }

  const Request& request_;
  const std::string model_;
  const bool own_;
  messages::Written written_;
  Dropped dropped_;
  json::Writer json_;
  PartWriter parts_;
};

}  // namespace

Result<messages::Written> compose_request(const Request& request,
                                          const messages::WriteOptions& options) {
  return RequestWriter(request, options).run();
}

}  // namespace tandem::gateway::gemini
