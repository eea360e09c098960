#include "gateway/cohere/request_writer.h"

#include <algorithm>

#include "gateway/anthropic/part_writer.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::cohere {
namespace {

using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;

class RequestWriter {
 public:
  RequestWriter(const Request& request, const messages::WriteOptions& options)
      : request_(request), options_(options), json_(out_.body) {}

  Result<messages::Written> run() {
    if (request_.choices > 1) return target_never("n", "never gives more than one choice");
    json_.object().key("model").string(options_.model);
    json_.key("messages").array();
    for (const Message& message : request_.messages) TRY_VOID(write_message(message));
    json_.end_array();
    TRY_VOID(write_tools());
    TRY_VOID(write_tool_choice());
    write_sampling();
    write_format();
    write_thinking();
    if (request_.stream) json_.key("stream").boolean(true);
    TRY_VOID(drop_rest());
    json_.end_object();
    out_.dropped = dropped_.take();
    return std::move(out_);
  }

 private:
  std::string path_of(const Message& message) const {
    return "messages[" + std::to_string(&message - request_.messages.data()) + "]";
  }

  Result<void> write_message(const Message& message) {
    dropped_.add(message.extras);
    if (!message.name.empty()) dropped_.add("name");
    if (message.role == Role::Tool) {
      for (const Part& part : message.parts) TRY_VOID(write_tool_result(part, path_of(message)));
      return {};
    }
    if (message.role == Role::Assistant) return write_assistant(message);
    json_.object().key("role").string(message.role == Role::User ? "user" : "system");
    TRY_VOID(write_content(message.parts, path_of(message)));
    json_.end_object();
    return {};
  }

  // One text stands alone; several parts are a list.
  Result<void> write_content(const std::vector<Part>& parts, const std::string& where) {
    json_.key("content");
    if (parts.size() == 1 && parts[0].kind == Part::Kind::Text) {
      dropped_.add(parts[0].extras);
      json_.string(parts[0].text);
      return {};
    }
    json_.array();
    for (size_t i = 0; i < parts.size(); ++i) {
      TRY_VOID(write_part(parts[i], where + ".content[" + std::to_string(i) + "]"));
    }
    json_.end_array();
    return {};
  }

  Result<void> write_part(const Part& part, const std::string& where) {
    dropped_.add(part.extras);
    switch (part.kind) {
      case Part::Kind::Text:
      case Part::Kind::Refusal:
        json_.object().key("type").string("text").key("text").string(part.text).end_object();
        return {};
      case Part::Kind::Image:
        return write_image(part, where);
      default:
        return fail(Code::InvalidArgument,
                    "The target of this endpoint takes no content of this type.",
                    "Leave it out, or choose an endpoint whose target takes it.", where);
    }
  }

  Result<void> write_image(const Part& part, const std::string& where) {
    const messages::Media& media = part.media;
    if (media.url.empty() && media.data.empty()) {
      return fail(Code::InvalidArgument, "The target of this endpoint takes no uploaded image.",
                  "Send its bytes or its address.", where);
    }
    const std::string type = media.type.empty() ? "image/png" : media.type;
    const std::string url =
        media.url.empty() ? "data:" + type + ";base64," + media.data : media.url;
    json_.object().key("type").string("image_url").key("image_url").object();
    json_.key("url").string(url);
    if (!media.detail.empty()) json_.key("detail").string(media.detail);
    json_.end_object().end_object();
    return {};
  }

  // What it thought before it called tools is its plan; other thinking is not sent back.
  Result<void> write_assistant(const Message& message) {
    std::string text, plan;
    std::vector<const Part*> calls;
    for (const Part& part : message.parts) {
      dropped_.add(part.extras);
      if (part.kind == Part::Kind::Text || part.kind == Part::Kind::Refusal) text += part.text;
      if (part.kind == Part::Kind::Thinking) plan += part.text;
      if (part.kind == Part::Kind::ToolUse) calls.push_back(&part);
    }
    if (text.empty() && calls.empty()) return {};  // an answer without words is no turn
    json_.object().key("role").string("assistant");
    if (!text.empty()) json_.key("content").string(text);
    if (calls.empty() && !plan.empty()) dropped_.add("thinking");
    if (!calls.empty()) {
      if (!plan.empty()) json_.key("tool_plan").string(plan);
      json_.key("tool_calls").array();
      for (const Part* call : calls) {
        json_.object().key("id").string(call->id).key("type").string("function");
        json_.key("function").object().key("name").string(call->name);
        json_.key("arguments").string(call->arguments).end_object().end_object();
      }
      json_.end_array();
    }
    json_.end_object();
    return {};
  }

  Result<void> write_tool_result(const Part& result, const std::string& where) {
    if (result.kind != Part::Kind::ToolResult) return {};
    dropped_.add(result.extras);
    json_.object().key("role").string("tool").key("tool_call_id").string(result.id);
    std::string text;
    for (const Part& part : result.content) {
      if (part.kind != Part::Kind::Text) {
        return fail(Code::InvalidArgument,
                    "The target of this endpoint takes only texts as results of tools.",
                    "Leave the rest out, or choose another endpoint.", where);
      }
      text += part.text;
    }
    json_.key("content").string(text).end_object();
    return {};
  }

  Result<void> write_tools() {
    if (request_.tools.empty()) return {};
    json_.key("tools").array();
    bool strict = false;
    for (const messages::Tool& tool : request_.tools) {
      if (tool.is_native) return target_never("tools", "has no tool of another provider");
      dropped_.add(tool.extras);
      json_.object().key("type").string("function").key("function").object();
      json_.key("name").string(tool.name);
      if (!tool.description.empty()) json_.key("description").string(tool.description);
      json_.key("parameters");
      json_.raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})"
                                        : std::string_view(tool.parameters));
      json_.end_object().end_object();
      strict = strict || tool.strict.value_or(false);
    }
    json_.end_array();
    if (strict) json_.key("strict_tools").boolean(true);
    if (!request_.parallel_tool_calls.value_or(true)) dropped_.add("parallel_tool_calls");
    return {};
  }

  Result<void> write_tool_choice() {
    using Kind = messages::ToolChoice::Kind;
    if (!request_.tool_choice || request_.tools.empty()) return {};
    switch (request_.tool_choice->kind) {
      case Kind::Auto:
        break;
      case Kind::None:
        json_.key("tool_choice").string("NONE");
        break;
      case Kind::Required:
        json_.key("tool_choice").string("REQUIRED");
        break;
      case Kind::Named:
        if (request_.tools.size() > 1)
          return target_never("tool_choice", "cannot be told which tool");
        json_.key("tool_choice").string("REQUIRED");
    }
    return {};
  }

  void write_sampling() {
    if (request_.max_tokens) json_.key("max_tokens").integer(*request_.max_tokens);
    if (request_.temperature) json_.key("temperature").number(*request_.temperature);
    if (request_.top_p) json_.key("p").number(std::clamp(*request_.top_p, 0.01, 0.99));
    if (request_.top_p && (*request_.top_p < 0.01 || *request_.top_p > 0.99) &&
        *request_.top_p != 1) {
      dropped_.add("top_p");
    }
    if (request_.top_k) json_.key("k").integer(*request_.top_k);
    if (request_.seed) json_.key("seed").integer(*request_.seed);
    write_penalty("frequency_penalty", request_.frequency_penalty);
    write_penalty("presence_penalty", request_.presence_penalty);
    if (!request_.stop.empty()) {
      json_.key("stop_sequences").array();
      for (const std::string& stop : request_.stop) json_.string(stop);
      json_.end_array();
    }
    if (!request_.user.empty()) dropped_.add("user");
    if (!request_.service_tier.empty() && request_.service_tier != "auto") {
      dropped_.add("service_tier");
    }
  }

  // From 0 to 1 here.
  void write_penalty(std::string_view name, const std::optional<double>& value) {
    if (!value || *value == 0) return;
    if (*value < 0 || *value > 1) {
      dropped_.add(name);
    } else {
      json_.key(name).number(*value);
    }
  }

  void write_format() {
    using Kind = messages::ResponseFormat::Kind;
    const auto& format = request_.format;
    if (!format || format->kind == Kind::Text) return;
    json_.key("response_format").object().key("type").string("json_object");
    if (format->kind == Kind::JsonSchema && !format->schema.empty()) {
      json_.key("json_schema").raw(format->schema);
    }
    json_.end_object();
  }

  void write_thinking() {
    const auto& reasoning = request_.reasoning;
    if (!reasoning) return;
    const bool on = reasoning->enabled && reasoning->effort != "none";
    json_.key("thinking").object().key("type").string(on ? "enabled" : "disabled");
    if (on && reasoning->budget_tokens) {
      json_.key("token_budget").integer(*reasoning->budget_tokens);
    }
    json_.end_object();
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
  const messages::WriteOptions& options_;
  messages::Written out_;
  json::Writer json_;
  anthropic::Dropped dropped_;
};

}  // namespace

Result<messages::Written> compose_request(const messages::Request& request,
                                          const messages::WriteOptions& options) {
  return RequestWriter(request, options).run();
}

}  // namespace tandem::gateway::cohere
