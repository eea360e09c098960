#include "gateway/openai/chat_request_writer.h"

#include "base/json/tree.h"
#include "gateway/openai/chat_message_reader.h"
#include "gateway/openai/chat_message_writer.h"

namespace tandem::gateway::openai {
namespace {

using messages::Extra;
using messages::Request;
using messages::Tool;

// Models that think take only the newer name of the limit: o1, o3-mini, o4-…, gpt-5 and later.
bool wants_completion_tokens(std::string_view model) {
  if (const size_t slash = model.rfind('/'); slash != std::string_view::npos) {
    model.remove_prefix(slash + 1);
  }
  const auto digit_at = [model](size_t at) {
    return model.size() > at && model[at] >= '1' && model[at] <= '9';
  };
  if (model.starts_with("gpt-")) return digit_at(4) && model[4] >= '5';
  return model.starts_with("o") && digit_at(1);
}

// Other protocols give a number of tokens where this one has three words.
std::string_view effort_of(const messages::Reasoning& reasoning) {
  if (!reasoning.effort.empty()) return reasoning.effort;
  constexpr int64_t kLow = 4'096, kMedium = 16'384;
  const int64_t budget = reasoning.budget_tokens.value_or(kMedium - 1);
  return budget < kLow ? "low" : budget < kMedium ? "medium" : "high";
}

class Writer {
 public:
  Writer(const Request& request, const messages::WriteOptions& options)
      : request_(request),
        options_(options),
        own_(request.dialect == kDialectName),
        json_(written_.body) {}

  Result<messages::Written> run() {
    json_.object().key("model").string(options_.model.empty() ? request_.model : options_.model);
    TRY_VOID(write_messages());
    TRY_VOID(write_tools());
    write_limits();
    write_sampling();
    write_format();
    write_reasoning();
    if (!request_.user.empty()) json_.key("user").string(request_.user);
    write_tier();
    write_stream();
    if (own_)
      write_extras(request_.extras, json_);
    else
      name_dropped(request_.extras, written_.dropped);
    json_.end_object();
    return std::move(written_);
  }

 private:
  const Extra* note(std::string_view name) const {
    const Extra* extra = own_ ? messages::find_extra(request_.extras, name) : nullptr;
    return extra && extra->is_note ? extra : nullptr;
  }
  void number(std::string_view name, const std::optional<double>& value) {
    if (value) json_.key(name).number(*value);
  }
  void integer(std::string_view name, const std::optional<int64_t>& value) {
    if (value) json_.key(name).integer(*value);
  }

  Result<void> write_messages() {
    json_.key("messages").array();
    ChatMessageWriter writer(own_, written_.dropped);
    for (size_t i = 0; i < request_.messages.size(); ++i) {
      TRY_VOID(writer.write(request_.messages[i], "messages[" + std::to_string(i) + "]", json_));
    }
    TRY_VOID(writer.finish(json_));
    json_.end_array();
    return {};
  }

  void write_tool(const Tool& tool) {
    json_.object().key("type").string("function").key("function").object();
    json_.key("name").string(tool.name);
    if (!tool.description.empty()) json_.key("description").string(tool.description);
    if (!tool.parameters.empty()) json_.key("parameters").raw(tool.parameters);
    if (tool.strict) json_.key("strict").boolean(*tool.strict);
    if (own_) {
      for (const Extra& extra : tool.extras) {
        constexpr std::string_view kInside = "function.";
        if (extra.name.starts_with(kInside)) {
          json_.key(extra.name.substr(kInside.size())).raw(extra.json);
        }
      }
    }
    json_.end_object();
    if (own_) {
      for (const Extra& extra : tool.extras) {
        if (!extra.name.starts_with("function.")) json_.key(extra.name).raw(extra.json);
      }
    } else {
      name_dropped(tool.extras, written_.dropped);
    }
    json_.end_object();
  }

  Result<void> write_tools() {
    if (!request_.tools.empty() || note("tools")) {
      json_.key("tools").array();
      for (size_t i = 0; i < request_.tools.size(); ++i) {
        const Tool& tool = request_.tools[i];
        if (!tool.is_native) {
          write_tool(tool);
        } else if (own_) {
          json_.raw(tool.extras[0].json);
        } else {
          const std::string at = "tools[" + std::to_string(i) + "]";
          return fail(Code::InvalidArgument,
                      "The tool \"" + tool.name + "\" (" + at +
                          ") belongs to another provider and cannot be sent to one that speaks "
                          "OpenAI's protocol.",
                      "Leave it out, or call an endpoint whose provider has it.", at);
        }
      }
      json_.end_array();
    }
    // Providers refuse these where there are no tools.
    if (!own_ && request_.tools.empty()) return {};
    if (request_.tool_choice) write_tool_choice(*request_.tool_choice);
    if (request_.parallel_tool_calls) {
      json_.key("parallel_tool_calls").boolean(*request_.parallel_tool_calls);
    }
    return {};
  }

  void write_tool_choice(const messages::ToolChoice& choice) {
    using Kind = messages::ToolChoice::Kind;
    json_.key("tool_choice");
    if (choice.kind == Kind::Named) {
      json_.object().key("type").string("function").key("function").object();
      json_.key("name").string(choice.name).end_object().end_object();
    } else {
      json_.string(choice.kind == Kind::None       ? "none"
                   : choice.kind == Kind::Required ? "required"
                                                   : "auto");
    }
  }

  void write_limits() {
    const bool newer =
        own_ ? note("max_completion_tokens") != nullptr : wants_completion_tokens(options_.model);
    integer(newer ? "max_completion_tokens" : "max_tokens", request_.max_tokens);
    if (request_.choices != 1 || note("n")) json_.key("n").integer(request_.choices);
    if (request_.stop.size() == 1 && note("stop")) {
      json_.key("stop").string(request_.stop[0]);
    } else if (!request_.stop.empty()) {
      json_.key("stop").array();
      for (const std::string& stop : request_.stop) json_.string(stop);
      json_.end_array();
    }
  }

  void write_sampling() {
    number("temperature", request_.temperature);
    number("top_p", request_.top_p);
    number("frequency_penalty", request_.frequency_penalty);
    number("presence_penalty", request_.presence_penalty);
    integer("seed", request_.seed);
    if (own_)
      integer("top_k", request_.top_k);
    else if (request_.top_k)
      name_dropped("top_k", written_.dropped);
  }

  void write_format() {
    using Kind = messages::ResponseFormat::Kind;
    if (!request_.format) return;
    const messages::ResponseFormat& format = *request_.format;
    json_.key("response_format");
    if (const Extra* whole = note("response_format")) {
      json_.raw(whole->json);
      return;
    }
    if (format.kind != Kind::JsonSchema) {
      json_.object().key("type").string(format.kind == Kind::Text ? "text" : "json_object");
      json_.end_object();
      return;
    }
    json_.object().key("type").string("json_schema").key("json_schema").object();
    // Others name no format; this protocol asks for a name.
    if (!own_ && format.name.empty()) json_.key("name").string("answer");
    if (!format.name.empty()) json_.key("name").string(format.name);
    if (!format.description.empty()) json_.key("description").string(format.description);
    if (!format.schema.empty()) json_.key("schema").raw(format.schema);
    if (format.strict) json_.key("strict").boolean(*format.strict);
    json_.end_object().end_object();
  }

  void write_reasoning() {
    if (!request_.reasoning) return;
    // "none" is refused by models that never think: what others call disabled is said by silence.
    if (!own_ && !request_.reasoning->enabled) return;
    json_.key("reasoning_effort").string(effort_of(*request_.reasoning));
  }

  void write_tier() {
    if (request_.service_tier.empty()) return;
    if (own_ || request_.service_tier == "auto")
      json_.key("service_tier").string(request_.service_tier);
    else
      name_dropped("service_tier", written_.dropped);
  }

  void write_stream() {
    if (request_.stream || note("stream")) json_.key("stream").boolean(request_.stream);
    const Extra* given = note("stream_options");
    const bool ask = request_.stream && options_.stream_usage;
    if (given && !ask) json_.key("stream_options").raw(given->json);
    if (!ask) return;
    json_.key("stream_options").object().key("include_usage").boolean(true);
    if (given) {
      if (const auto document = json::parse(given->json)) {
        messages::Extras others;
        keep_unknown(document->root(), {"include_usage"}, others);
        write_extras(others, json_);
      }
    }
    json_.end_object();
  }

  const Request& request_;
  const messages::WriteOptions& options_;
  const bool own_;
  messages::Written written_;
  json::Writer json_;
};

}  // namespace

Result<messages::Written> write_chat_request(const Request& request,
                                             const messages::WriteOptions& options) {
  return Writer(request, options).run();
}

}  // namespace tandem::gateway::openai
