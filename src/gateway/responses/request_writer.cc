#include "gateway/responses/request_writer.h"

#include <algorithm>

#include "gateway/responses/fields.h"
#include "gateway/responses/item_writer.h"

namespace tandem::gateway::responses {
namespace {

using messages::Message;
using messages::Part;
using messages::Request;
using messages::Role;
using Kind = messages::Part::Kind;

Failure cannot(const std::string& field, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The field \"" + field +
                  "\" asks for what a provider that speaks the Responses API "
                  "never " +
                  std::string(what) + ".",
              "Leave it out, or choose another endpoint.", field);
}

std::string_view audio_format(std::string_view type) {
  if (type.starts_with("audio/")) type.remove_prefix(6);
  return type == "mpeg" ? "mp3" : type;
}

// Other protocols give a number of tokens where this one has words.
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
        own_(request.dialect == kName),
        style_{request.dialect, false},
        json_(written_.body) {}

  Result<messages::Written> run() {
    TRY_VOID(check());
    json_.object().key("model").string(options_.model.empty() ? request_.model : options_.model);
    TRY_VOID(write_input());
    TRY_VOID(write_tools());
    write_limits();
    write_text();
    write_reasoning();
    if (!request_.user.empty()) json_.key("user").string(request_.user);
    if (own_ || request_.service_tier == "auto") {
      if (!request_.service_tier.empty()) json_.key("service_tier").string(request_.service_tier);
    } else if (!request_.service_tier.empty()) {
      drop("service_tier");
    }
    if (request_.stream || note("stream")) json_.key("stream").boolean(request_.stream);
    write_rest();
    json_.end_object();
    return std::move(written_);
  }

 private:
  const messages::Extra* note(std::string_view name) const {
    return own_ ? find_note(request_.extras, name) : nullptr;
  }
  void drop(std::string_view name) {
    auto& dropped = written_.dropped;
    if (std::find(dropped.begin(), dropped.end(), name) == dropped.end()) {
      dropped.emplace_back(name);
    }
  }
  void drop(const messages::Extras& extras) {
    for (const messages::Extra& extra : extras) {
      if (!extra.is_note) drop(extra.name);
    }
  }

  Result<void> check() {
    if (request_.choices > 1) return cannot("n", "gives: more than one answer");
    if (!request_.stop.empty()) return cannot("stop", "does: ending at a text");
    if (request_.top_k) drop("top_k");
    if (request_.seed) drop("seed");
    if (request_.frequency_penalty.value_or(0) != 0) drop("frequency_penalty");
    if (request_.presence_penalty.value_or(0) != 0) drop("presence_penalty");
    return {};
  }

  Result<void> write_input() {
    size_t first = 0;
    const auto& all = request_.messages;
    if (own_ && !all.empty() && find_note(all[0].extras, "instructions")) {
      json_.key("instructions").string(all[0].parts[0].text);
      first = 1;
    }
    json_.key("input");
    if (note("input") && first < all.size()) {
      json_.string(all[first].parts[0].text);
      return {};
    }
    json_.array();
    for (size_t i = first; i < all.size(); ++i) {
      TRY_VOID(write_message(all[i], "messages[" + std::to_string(i) + "]"));
    }
    json_.end_array();
    return {};
  }

  Result<void> write_message(const Message& message, const std::string& at) {
    if (message.role == Role::Assistant) {
      for (const Part& part : message.parts) {
        const bool thought = part.kind == Kind::Thinking || part.kind == Kind::RedactedThinking;
        if (thought && !own_) drop("thinking");
      }
      for (Item& item : items_of(message.parts, style_, "")) {
        write_item(item, style_, json_);
        if (!own_) {
          for (const Part& part : item.parts) drop(part.extras);
        }
      }
      return {};
    }
    std::vector<const Part*> rest;
    for (const Part& part : message.parts) {
      if (part.kind == Kind::ToolResult)
        TRY_VOID(write_result(part, message.is_plain, at));
      else
        rest.push_back(&part);
    }
    if (rest.empty() && !message.parts.empty()) return {};
    json_.object();
    if (!has_note(message.extras, "item.untyped")) json_.key("type").string("message");
    write_item_notes(message.extras);
    json_.key("role").string(messages::role_name(message.role)).key("content");
    if (message.is_plain && rest.size() == 1 && rest[0]->kind == Kind::Text) {
      json_.string(rest[0]->text);
    } else {
      TRY_VOID(write_parts(rest, at));
    }
    if (!own_) drop(message.extras);
    if (!message.name.empty()) drop("name");
    json_.end_object();
    return {};
  }

  void write_item_notes(const messages::Extras& extras) {
    for (const auto& [name, field] : {std::pair{"item.id", "id"}, {"item.status", "status"}}) {
      if (const auto* found = find_note(extras, name)) json_.key(field).raw(found->json);
    }
    if (const auto* rest = find_note(extras, "item")) write_members(rest->json, json_);
  }

  Result<void> write_result(const Part& result, bool plain, const std::string& at) {
    json_.object().key("type").string("function_call_output").key("call_id").string(result.id);
    write_item_notes(result.extras);
    std::vector<const Part*> parts;
    for (const Part& part : result.content) parts.push_back(&part);
    const bool one = parts.size() == 1 && parts[0]->kind == Kind::Text;
    const bool as_text = own_ ? plain : one || parts.empty();
    json_.key("output");
    if (as_text) {
      json_.string(one ? parts[0]->text : std::string());
    } else {
      TRY_VOID(write_parts(parts, at));
    }
    if (result.failed) drop("is_error");
    if (!own_) drop(result.extras);
    json_.end_object();
    return {};
  }

  Result<void> write_parts(const std::vector<const Part*>& parts, const std::string& at) {
    json_.array();
    for (const Part* part : parts) TRY_VOID(write_part(*part, at + ".content"));
    json_.end_array();
    return {};
  }

  Result<void> write_part(const Part& part, const std::string& at) {
    const messages::Media& media = part.media;
    const std::string url = media.url.empty() && !media.data.empty() ? data_url(media) : media.url;
    const messages::Extra* type = find_note(part.extras, "item.text_type");
    switch (part.kind) {
      case Kind::Text:
      case Kind::Refusal:
        if (part.kind == Kind::Refusal && own_) {
          json_.object().key("type").string("refusal").key("refusal").string(part.text);
          break;
        }
        json_.object().key("type").string(type ? type->json : "input_text");
        json_.key("text").string(part.text);
        break;
      case Kind::Image:
        json_.object().key("type").string("input_image");
        if (!url.empty()) json_.key("image_url").string(url);
        if (!media.file_id.empty()) json_.key("file_id").string(media.file_id);
        if (!media.detail.empty()) json_.key("detail").string(media.detail);
        break;
      case Kind::File:
        write_file(media);
        break;
      case Kind::Audio:
        json_.object().key("type").string("input_audio").key("input_audio").object();
        json_.key("data").string(media.data).key("format");
        json_.string(own_ ? std::string_view(media.type).substr(6) : audio_format(media.type));
        json_.end_object();
        break;
      default:
        if (!own_ || part.extras.empty()) return cannot(at, "reads: content of another protocol");
        json_.raw(part.extras[0].json);
        return {};
    }
    if (own_)
      write_extras(part.extras, json_);
    else
      drop(part.extras);
    json_.end_object();
    return {};
  }

  void write_file(const messages::Media& media) {
    json_.object().key("type").string("input_file");
    const bool nameless = !own_ && media.name.empty() && !media.data.empty();
    if (!media.name.empty() || nameless) {
      json_.key("filename").string(nameless ? "document" : media.name);
    }
    if (!media.data.empty()) {
      json_.key("file_data").string(media.type.empty() ? media.data : data_url(media));
    }
    if (!media.url.empty()) json_.key("file_url").string(media.url);
    if (!media.file_id.empty()) json_.key("file_id").string(media.file_id);
  }

  Result<void> write_tools() {
    if (!request_.tools.empty() || note("tools")) {
      json_.key("tools").array();
      for (const messages::Tool& tool : request_.tools) {
        if (tool.is_native && !own_) {
          return cannot("tools", "runs: a tool of another provider (\"" + tool.name + "\")");
        }
        if (tool.is_native)
          json_.raw(tool.extras[0].json);
        else
          write_tool(tool);
      }
      json_.end_array();
    }
    if (!own_ && request_.tools.empty()) return {};
    if (request_.tool_choice) write_tool_choice(*request_.tool_choice);
    if (request_.parallel_tool_calls) {
      json_.key("parallel_tool_calls").boolean(*request_.parallel_tool_calls);
    }
    return {};
  }

  void write_tool(const messages::Tool& tool) {
    json_.object().key("type").string("function").key("name").string(tool.name);
    if (!tool.description.empty()) json_.key("description").string(tool.description);
    if (!tool.parameters.empty()) json_.key("parameters").raw(tool.parameters);
    // Without a word, this API makes schemas strict; others do not.
    if (tool.strict || !own_) json_.key("strict").boolean(tool.strict.value_or(false));
    if (own_)
      write_extras(tool.extras, json_);
    else
      drop(tool.extras);
    json_.end_object();
  }

  void write_tool_choice(const messages::ToolChoice& choice) {
    using Choice = messages::ToolChoice::Kind;
    json_.key("tool_choice");
    if (choice.kind == Choice::Named) {
      json_.object().key("type").string("function").key("name").string(choice.name).end_object();
    } else {
      json_.string(choice.kind == Choice::None       ? "none"
                   : choice.kind == Choice::Required ? "required"
                                                     : "auto");
    }
  }

  void write_limits() {
    if (request_.max_tokens) json_.key("max_output_tokens").integer(*request_.max_tokens);
    if (request_.temperature) json_.key("temperature").number(*request_.temperature);
    if (request_.top_p) json_.key("top_p").number(*request_.top_p);
  }

  void write_text() {
    if (const auto* whole = note("text")) {
      json_.key("text").raw(whole->json);
      return;
    }
    if (!request_.format) return;
    using Format = messages::ResponseFormat::Kind;
    const messages::ResponseFormat& format = *request_.format;
    json_.key("text").object().key("format").object().key("type");
    if (format.kind == Format::JsonSchema) {
      json_.string("json_schema").key("name").string(format.name.empty() ? "answer" : format.name);
      if (!format.description.empty()) json_.key("description").string(format.description);
      json_.key("schema").raw(format.schema.empty() ? "{}" : format.schema);
      if (format.strict) json_.key("strict").boolean(*format.strict);
    } else {
      json_.string(format.kind == Format::Text ? "text" : "json_object");
    }
    json_.end_object().end_object();
  }

  void write_reasoning() {
    if (const auto* whole = note("reasoning")) {
      json_.key("reasoning").raw(whole->json);
    } else if (request_.reasoning && request_.reasoning->enabled) {
      json_.key("reasoning").object().key("effort").string(effort_of(*request_.reasoning));
      json_.end_object();
    }
  }

  void write_rest() {
    if (!own_) {
      json_.key("store").boolean(false);
      drop(request_.extras);
      return;
    }
    for (const messages::Extra& extra : request_.extras) {
      // Notes without JSON say how something was written, names with a dot what a note has whole.
      const bool said = extra.json.empty() || extra.name.find('.') != std::string::npos ||
                        extra.name == "text" || extra.name == "reasoning";
      if (!said) json_.key(extra.name).raw(extra.json);
    }
  }

  const Request& request_;
  const messages::WriteOptions& options_;
  const bool own_;
  const ItemStyle style_;
  messages::Written written_;
  json::Writer json_;
};

}  // namespace

Result<messages::Written> compose_request(const Request& request,
                                          const messages::WriteOptions& options) {
  return Writer(request, options).run();
}

}  // namespace tandem::gateway::responses
