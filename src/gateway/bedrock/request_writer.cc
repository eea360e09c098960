#include "gateway/bedrock/request_writer.h"

#include <optional>

#include "gateway/anthropic/part_writer.h"
#include "gateway/anthropic/thinking.h"
#include "gateway/bedrock/block_writer.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::bedrock {
namespace {

using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;

class RequestWriter {
 public:
  RequestWriter(const Request& request, const messages::WriteOptions& options)
      : request_(request),
        model_(options.model),
        max_tokens_(request.max_tokens.value_or(options.default_max_tokens)),
        json_(out_.body),
        blocks_(json_, dropped_) {
    if (is_claude(model_)) {
      thinking_ = anthropic::thinking_of(request.reasoning, model_, max_tokens_);
      if (thinking_.is_lost) dropped_.add("reasoning");
    } else if (request.reasoning) {
      dropped_.add("reasoning");
    }
  }

  Result<messages::Written> run() {
    if (request_.choices > 1) return target_never("n", "never gives more than one choice");
    json_.object();
    TRY_VOID(write_system());
    TRY_VOID(write_messages());
    TRY_VOID(write_tools());
    write_inference();
    write_additional();
    write_output();
    write_tier();
    TRY_VOID(drop_rest());
    json_.end_object();
    out_.dropped = dropped_.take();
    return std::move(out_);
  }

 private:
  static bool is_system(const Message& message) {
    return message.role == Role::System || message.role == Role::Developer;
  }
  std::string path_of(const Message& message, size_t part) const {
    return "messages[" + std::to_string(&message - request_.messages.data()) + "].content[" +
           std::to_string(part) + "]";
  }

  Result<void> write_system() {
    bool open = false;
    for (const Message& message : request_.messages) {
      if (!is_system(message)) continue;
      for (size_t i = 0; i < message.parts.size(); ++i) {
        if (!BlockWriter::is_written(message.parts[i])) continue;
        if (!open) json_.key("system").array();
        open = true;
        TRY_VOID(blocks_.write(message.parts[i], path_of(message, i)));
      }
      dropped_.add(message.extras);
    }
    if (open) json_.end_array();
    return {};
  }

  // Turns of the same side become one: Converse wants them to alternate.
  Result<void> write_messages() {
    json_.key("messages").array();
    std::optional<bool> assistants;  // whose turn is open
    for (const Message& message : request_.messages) {
      if (is_system(message)) continue;
      const bool is_assistant = message.role == Role::Assistant;
      for (size_t i = 0; i < message.parts.size(); ++i) {
        if (!BlockWriter::is_written(message.parts[i])) {
          if (message.parts[i].kind == Part::Kind::Thinking) dropped_.add("thinking");
          continue;
        }
        if (assistants != is_assistant) {
          if (assistants) json_.end_array().end_object();
          json_.object().key("role").string(is_assistant ? "assistant" : "user");
          json_.key("content").array();
          assistants = is_assistant;
        }
        TRY_VOID(blocks_.write(message.parts[i], path_of(message, i)));
      }
      dropped_.add(message.extras);
      if (!message.name.empty()) dropped_.add("name");
    }
    if (!assistants) return no_messages();
    json_.end_array().end_object().end_array();
    return {};
  }
  static Failure no_messages() {
    return fail(Code::InvalidArgument,
                "The field \"messages\" must be a list with a message of a user.",
                "Correct it and send the request again.", "messages");
  }

  bool speaks_of_tools() const {
    for (const Message& message : request_.messages) {
      for (const Part& part : message.parts) {
        if (part.kind == Part::Kind::ToolUse || part.kind == Part::Kind::ToolResult) return true;
      }
    }
    return false;
  }

  Result<void> write_tools() {
    using Kind = messages::ToolChoice::Kind;
    const bool none = request_.tool_choice && request_.tool_choice->kind == Kind::None;
    if (request_.tools.empty()) return {};
    if (none && !speaks_of_tools()) return {};  // without tools none is called
    if (none)
      return target_never("tool_choice", "cannot keep tools from being called in this chat");
    json_.key("toolConfig").object().key("tools").array();
    for (const messages::Tool& tool : request_.tools) {
      if (tool.is_native) return target_never("tools", "has no tool of another provider");
      json_.object().key("toolSpec").object().key("name").string(tool.name);
      if (!tool.description.empty()) json_.key("description").string(tool.description);
      json_.key("inputSchema").object().key("json");
      json_.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})"
                                        : std::string_view(tool.parameters));
      json_.end_object();
      if (tool.strict) json_.key("strict").boolean(*tool.strict);
      json_.end_object().end_object();
      blocks_.end_block(tool.extras);
    }
    json_.end_array();
    write_tool_choice();
    json_.end_object();
    if (!request_.parallel_tool_calls.value_or(true)) dropped_.add("parallel_tool_calls");
    return {};
  }

  void write_tool_choice() {
    using Kind = messages::ToolChoice::Kind;
    if (!request_.tool_choice) return;
    json_.key("toolChoice").object();
    switch (request_.tool_choice->kind) {
      case Kind::Required:
        json_.key("any").object().end_object();
        break;
      case Kind::Named:
        json_.key("tool").object().key("name").string(request_.tool_choice->name).end_object();
        break;
      default:
        json_.key("auto").object().end_object();
    }
    json_.end_object();
  }

  // A model that thinks takes only its own temperature.
  std::optional<double> temperature() {
    if (!request_.temperature) return std::nullopt;
    const bool fits = !thinking_.is_on() || *request_.temperature == 1;
    if (!fits || *request_.temperature > 1) dropped_.add("temperature");
    if (!fits) return std::nullopt;
    return std::min(*request_.temperature, 1.0);
  }
  std::optional<double> top_p() {
    if (!request_.top_p) return std::nullopt;
    if (!thinking_.is_on() || *request_.top_p >= 0.95) return request_.top_p;
    dropped_.add("top_p");
    return std::nullopt;
  }

  void write_inference() {
    const auto warmth = temperature();
    const auto nucleus = top_p();
    const bool limit = request_.max_tokens || thinking_.is_on();
    if (limit || warmth || nucleus || !request_.stop.empty()) {
      json_.key("inferenceConfig").object();
      if (limit) json_.key("maxTokens").integer(max_tokens_);
      if (warmth) json_.key("temperature").number(*warmth);
      if (nucleus) json_.key("topP").number(*nucleus);
      if (!request_.stop.empty()) {
        json_.key("stopSequences").array();
        for (const std::string& stop : request_.stop) json_.string(stop);
        json_.end_array();
      }
      json_.end_object();
    }
    if (request_.frequency_penalty.value_or(0) != 0) dropped_.add("frequency_penalty");
    if (request_.presence_penalty.value_or(0) != 0) dropped_.add("presence_penalty");
    if (request_.seed) dropped_.add("seed");
    if (!request_.user.empty()) dropped_.add("user");
  }

  void write_additional() {
    const bool top_k = request_.top_k && is_claude(model_) && !thinking_.is_on();
    if (request_.top_k && !top_k) dropped_.add("top_k");
    if (!top_k && thinking_.thinking.empty()) return;
    json_.key("additionalModelRequestFields").object();
    if (top_k) json_.key("top_k").integer(*request_.top_k);
    if (!thinking_.thinking.empty()) json_.key("thinking").raw(thinking_.thinking);
    json_.end_object();
  }

  void write_output() {
    using Kind = messages::ResponseFormat::Kind;
    const auto& format = request_.format;
    const bool schema = format && format->kind == Kind::JsonSchema && !format->schema.empty();
    if (format && format->kind == Kind::JsonObject) dropped_.add("response_format");
    if (!schema && thinking_.effort.empty()) return;
    json_.key("outputConfig").object();
    if (!thinking_.effort.empty()) json_.key("effort").string(thinking_.effort);
    if (schema) {
      json_.key("textFormat").object().key("type").string("json_schema");
      json_.key("structure").object().key("jsonSchema").object();
      json_.key("schema").string(format->schema);
      if (!format->name.empty()) json_.key("name").string(format->name);
      if (!format->description.empty()) json_.key("description").string(format->description);
      json_.end_object().end_object().end_object();
    }
    json_.end_object();
  }

  void write_tier() {
    const std::string& tier = request_.service_tier;
    if (tier.empty() || tier == "auto") return;
    if (tier == "default" || tier == "priority" || tier == "flex") {
      json_.key("serviceTier").object().key("type").string(tier).end_object();
    } else {
      dropped_.add("service_tier");
    }
  }

  Result<void> drop_rest() {
    for (const messages::Extra& extra : request_.extras) {
      if (extra.is_note) continue;
      // A spoken answer is another answer.
      if (extra.name == "audio") return target_never("audio", "gives no spoken answer");
      dropped_.add(extra.name);
    }
    return {};
  }

  const Request& request_;
  const std::string model_;
  const int64_t max_tokens_;
  anthropic::Thinking thinking_;
  messages::Written out_;
  json::Writer json_;
  anthropic::Dropped dropped_;
  BlockWriter blocks_;
};

}  // namespace

bool is_claude(std::string_view model) {
  return model.find("claude") != std::string_view::npos;
}

Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options) {
  return RequestWriter(request, options).run();
}

}  // namespace tandem::gateway::bedrock
