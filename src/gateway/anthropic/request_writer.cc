#include "gateway/anthropic/request_writer.h"

#include <boost/json.hpp>
#include <cmath>

#include "gateway/anthropic/fields.h"
#include "gateway/anthropic/part_writer.h"
#include "gateway/anthropic/thinking.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {
namespace {

using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;

class RequestWriter {
 public:
  RequestWriter(const Request& request, const messages::WriteOptions& options)
      : request_(request),
        options_(options),
        own_(request.dialect == kName),
        json_(out_.body),
        parts_(json_, own_, dropped_) {}

  Result<messages::Written> run() {
    if (request_.choices > 1) return cannot("n", "gives more than one choice");
    const std::string& model = options_.model.empty() ? request_.model : options_.model;
    const int64_t max_tokens = request_.max_tokens.value_or(options_.default_max_tokens);
    json_.object().key("model").string(model).key("max_tokens").integer(max_tokens);
    TRY_VOID(write_system());
    TRY_VOID(write_messages());
    TRY_VOID(write_tools());
    write_tool_choice();
    write_sampling(write_thinking(model, max_tokens));
    write_user();
    write_service_tier();
    if (request_.stream) json_.key("stream").boolean(true);
    TRY_VOID(write_rest());
    json_.end_object();
    out_.dropped = dropped_.take();
    return std::move(out_);
  }

 private:
  static Failure cannot(const std::string& field, std::string_view what) {
    return fail(Code::InvalidArgument,
                "The field \"" + field + "\" asks for what the target of this endpoint never " +
                    std::string(what) + ".",
                "Leave it out, or choose another endpoint.", field);
  }

  // Of a message at a later place that came here as one: it keeps its place.
  static bool is_turn(const Message& message) {
    return (message.role != Role::System && message.role != Role::Developer) ||
           messages::find_extra(message.extras, "role") != nullptr;
  }
  std::string path_of(const Message& message) const {
    return "messages[" + std::to_string(&message - request_.messages.data()) + "]";
  }

  Result<void> write_system() {
    std::vector<const Message*> system;
    for (const Message& message : request_.messages) {
      if (!is_turn(message)) system.push_back(&message);
    }
    if (system.empty()) return {};
    json_.key("system");
    if (system.size() == 1 && system[0]->is_plain && system[0]->parts.size() == 1) {
      json_.string(system[0]->parts[0].text);
      return {};
    }
    json_.array();
    for (const Message* message : system) {
      if (!own_) dropped_.add(message->extras);
      TRY_VOID(write_parts(*message));
    }
    json_.end_array();
    return {};
  }

  // Into the list that is open.
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

  void open_turn(std::string_view role) { json_.object().key("role").string(role).key("content"); }
  void close_turn(const Message& message) {
    if (own_)
      write_extras(json_, message.extras);
    else
      dropped_.add(message.extras);
    if (!message.name.empty()) dropped_.add("name");
    json_.end_object();
  }

  Result<void> write_messages() {
    std::vector<const Message*> turns;
    for (const Message& message : request_.messages) {
      if (is_turn(message)) turns.push_back(&message);
    }
    if (turns.empty()) return wrong_field("messages", "a list with a message of a user");
    json_.key("messages").array();
    for (size_t i = 0; i < turns.size(); ++i) {
      if (turns[i]->role != Role::Tool) {
        TRY_VOID(write_turn(*turns[i]));
        continue;
      }
      open_turn("user");
      json_.array();
      TRY_VOID(write_parts(*turns[i]));
      while (i + 1 < turns.size() && turns[i + 1]->role == Role::Tool) {
        TRY_VOID(write_parts(*turns[++i]));
      }
      if (i + 1 < turns.size() && turns[i + 1]->role == Role::User) {
        TRY_VOID(write_parts(*turns[++i]));
      }
      json_.end_array();
      close_turn(*turns[i]);
    }
    json_.end_array();
    return {};
  }

  Result<void> write_turn(const Message& message) {
    const bool assistant = message.role == Role::Assistant;
    const bool user = message.role == Role::User;
    bool is_empty = true;
    for (const Part& part : message.parts) is_empty = is_empty && !parts_.is_written(part);
    // An answer without words is no turn.
    if (assistant && is_empty && !own_) return {};
    open_turn(assistant ? "assistant" : user ? "user" : "system");
    if (message.is_plain && message.parts.size() == 1 &&
        message.parts[0].kind == Part::Kind::Text) {
      json_.string(message.parts[0].text);
    } else {
      json_.array();
      TRY_VOID(write_parts(message));
      json_.end_array();
    }
    close_turn(message);
    return {};
  }

  Result<void> write_tools() {
    if (request_.tools.empty()) return {};
    json_.key("tools").array();
    for (const messages::Tool& tool : request_.tools) {
      if (tool.is_native && !own_) {
        return cannot("tools", "runs: a tool of another provider (\"" + tool.name + "\")");
      }
      json_.object();
      if (!tool.is_native) {
        json_.key("name").string(tool.name);
        if (!tool.description.empty()) json_.key("description").string(tool.description);
        json_.key("input_schema");
        json_.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})"
                                          : std::string_view(tool.parameters));
        if (tool.strict) json_.key("strict").boolean(*tool.strict);
      }
      if (own_)
        write_extras(json_, tool.extras);
      else
        dropped_.add(tool.extras);
      json_.end_object();
    }
    json_.end_array();
    return {};
  }

  void write_tool_choice() {
    using Kind = messages::ToolChoice::Kind;
    const auto& parallel = request_.parallel_tool_calls;
    if (request_.tools.empty() || (!request_.tool_choice && parallel.value_or(true))) return;
    const messages::ToolChoice choice = request_.tool_choice.value_or(messages::ToolChoice());
    json_.key("tool_choice").object();
    switch (choice.kind) {
      case Kind::Auto:
        json_.key("type").string("auto");
        break;
      case Kind::None:
        json_.key("type").string("none");
        break;
      case Kind::Required:
        json_.key("type").string("any");
        break;
      case Kind::Named:
        json_.key("type").string("tool").key("name").string(choice.name);
        break;
    }
    if (parallel && choice.kind != Kind::None) {
      json_.key("disable_parallel_tool_use").boolean(!*parallel);
    }
    json_.end_object();
  }

  // `thinking` and `output_config`; true where the model thinks.
  bool write_thinking(std::string_view model, int64_t max_tokens) {
    Thinking thinking = thinking_of(request_.reasoning, model, max_tokens);
    if (thinking.is_lost && !own_) dropped_.add("reasoning");
    const messages::Extra* note =
        own_ ? messages::find_extra(request_.extras, "thinking") : nullptr;
    if (note) {
      thinking.thinking = note->json;
      thinking.effort = request_.reasoning ? request_.reasoning->effort : std::string();
    }
    if (!thinking.thinking.empty()) json_.key("thinking").raw(thinking.thinking);
    write_output_config(thinking.effort);
    return thinking.is_on();
  }

  void write_output_config(const std::string& effort) {
    const messages::Extra* rest =
        own_ ? messages::find_extra(request_.extras, "output_config") : nullptr;
    using Kind = messages::ResponseFormat::Kind;
    const auto& format = request_.format;
    const bool schema = format && format->kind == Kind::JsonSchema && !format->schema.empty();
    if (format && format->kind == Kind::JsonObject) dropped_.add("response_format");
    if (effort.empty() && !schema && !rest) return;
    json_.key("output_config").object();
    if (!effort.empty()) json_.key("effort").string(effort);
    if (schema) {
      json_.key("format").object().key("type").string("json_schema");
      json_.key("schema").raw(format->schema).end_object();
    }
    if (rest) write_inside(rest->json);
    json_.end_object();
  }

  // The fields of an object, into the object that is open.
  void write_inside(std::string_view object) {
    if (auto parsed = parse_object(object, Code::Internal)) {
      write_extras(json_, rest_of(*parsed, {}, Nulls::Keep));
    }
  }

  void write_sampling(bool thinks) {
    const auto& temperature = request_.temperature;
    const bool temperature_fits = own_ || !temperature || !thinks || *temperature == 1;
    if (temperature && temperature_fits) {
      const double highest = own_ ? *temperature : std::min(*temperature, 1.0);
      json_.key("temperature").number(highest);
    }
    if (temperature && !own_ && (!temperature_fits || *temperature > 1)) {
      dropped_.add("temperature");
    }
    const bool top_k_fits = own_ || !thinks;
    if (request_.top_k && top_k_fits) json_.key("top_k").integer(*request_.top_k);
    if (request_.top_k && !top_k_fits) dropped_.add("top_k");
    const bool top_p_fits = own_ || !thinks || (request_.top_p && *request_.top_p >= 0.95);
    if (request_.top_p && top_p_fits) json_.key("top_p").number(*request_.top_p);
    if (request_.top_p && !top_p_fits) dropped_.add("top_p");
    if (!request_.stop.empty()) {
      json_.key("stop_sequences").array();
      for (const std::string& stop : request_.stop) json_.string(stop);
      json_.end_array();
    }
    if (request_.frequency_penalty.value_or(0) != 0) dropped_.add("frequency_penalty");
    if (request_.presence_penalty.value_or(0) != 0) dropped_.add("presence_penalty");
    if (request_.seed) dropped_.add("seed");
  }

  void write_user() {
    const messages::Extra* rest =
        own_ ? messages::find_extra(request_.extras, "metadata") : nullptr;
    if (request_.user.empty() && !rest) return;
    json_.key("metadata").object();
    if (!request_.user.empty()) json_.key("user_id").string(request_.user);
    if (rest) write_inside(rest->json);
    json_.end_object();
  }

  void write_service_tier() {
    const std::string& tier = request_.service_tier;
    if (own_ ? !tier.empty() : tier == "auto" || tier == "standard_only")
      json_.key("service_tier").string(tier);
    else if (tier == "default")
      json_.key("service_tier").string("standard_only");
    else if (!tier.empty())
      dropped_.add("service_tier");
  }

  Result<void> write_rest() {
    for (const messages::Extra& extra : request_.extras) {
      if (extra.is_note || (own_ && is_merged(extra.name))) continue;
      if (own_) {
        json_.key(extra.name).raw(extra.json);
        continue;
      }
      // A spoken answer is another answer.
      if (extra.name == "audio") return cannot("audio", "gives: a spoken answer");
      dropped_.add(extra.name);
    }
    return {};
  }
  static bool is_merged(std::string_view name) {
    return name == "output_config" || name == "metadata";
  }

  const Request& request_;
  const messages::WriteOptions& options_;
  const bool own_;
  messages::Written out_;
  json::Writer json_;
  Dropped dropped_;
  PartWriter parts_;
};

}  // namespace

Result<messages::Written> compose_request(const Request& request,
                                          const messages::WriteOptions& options) {
  return RequestWriter(request, options).run();
}

}  // namespace tandem::gateway::anthropic
