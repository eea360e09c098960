#include "gateway/openai/chat_message_writer.h"

#include <algorithm>

#include "base/text/encode.h"

namespace tandem::gateway::openai {
namespace {

using messages::Extras;
using messages::Message;
using messages::Part;
using messages::Role;
using Kind = messages::Part::Kind;

Failure cannot_say(const std::string& field, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The field \"" + field + "\" cannot be sent to a provider that speaks OpenAI's " +
                  "protocol: " + std::string(what) + ".",
              "Leave it out, or call an endpoint whose provider knows it.", field);
}

bool has_note(const Extras& extras, std::string_view name) {
  const messages::Extra* extra = messages::find_extra(extras, name);
  return extra && extra->is_note;
}

std::string data_url(const messages::Media& media) {
  return "data:" + media.type + ";base64," + media.data;
}

// "audio/wav" is "wav", "audio/mpeg" is "mp3".
std::string_view audio_format(std::string_view type) {
  if (type.starts_with("audio/")) type.remove_prefix(6);
  if (type == "mpeg") return "mp3";
  if (type == "x-wav" || type == "wave") return "wav";
  return type;
}

std::optional<std::string> text_of(const messages::Media& media) {
  if (!media.type.starts_with("text/")) return std::nullopt;
  const auto bytes = text::from_base64(media.data);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

bool is_content(const Part& part) {
  switch (part.kind) {
    case Kind::Text:
    case Kind::Image:
    case Kind::Audio:
    case Kind::File:
      return true;
    case Kind::Refusal:
      return !has_note(part.extras, "refusal");
    case Kind::Other:
      return !messages::find_extra(part.extras, "tool_calls");
    default:
      return false;
  }
}

}  // namespace

void write_extras(const Extras& extras, json::Writer& json, std::string_view prefix) {
  for (const messages::Extra& extra : extras) {
    if (extra.is_note || !extra.name.starts_with(prefix)) continue;
    json.key(extra.name.substr(prefix.size())).raw(extra.json);
  }
}

void name_dropped(std::string_view name, std::vector<std::string>& dropped) {
  if (std::find(dropped.begin(), dropped.end(), name) == dropped.end()) dropped.emplace_back(name);
}

void name_dropped(const Extras& extras, std::vector<std::string>& dropped) {
  for (const messages::Extra& extra : extras) {
    if (!extra.is_note) name_dropped(extra.name, dropped);
  }
}

void write_tool_call(const Part& call, bool own, json::Writer& json) {
  json.object();
  if (!call.id.empty()) json.key("id").string(call.id);
  json.key("type").string("function");
  const messages::Extra* whole = own ? messages::find_extra(call.extras, "function") : nullptr;
  if (!whole) {
    json.key("function").object().key("name").string(call.name);
    json.key("arguments").string(call.arguments).end_object();
  }
  if (own) write_extras(call.extras, json);
  json.end_object();
}

void ChatMessageWriter::write_extras_of(const Extras& extras, json::Writer& json) {
  if (own_)
    write_extras(extras, json);
  else
    name_dropped(extras, dropped_);
}

Result<void> ChatMessageWriter::write_image(const Part& part, const std::string& at,
                                            json::Writer& json) {
  const messages::Media& media = part.media;
  if (media.url.empty() && media.data.empty()) {
    return cannot_say(at, "an image is sent by value or by address");
  }
  const std::string url = media.url.empty() ? data_url(media) : media.url;
  json.object().key("type").string("image_url");
  if (own_ && has_note(part.extras, "image_url")) {
    json.key("image_url").string(url);
  } else if (!own_ || !messages::find_extra(part.extras, "image_url")) {
    json.key("image_url").object().key("url").string(url);
    if (!media.detail.empty()) json.key("detail").string(media.detail);
    json.end_object();
  }
  write_extras_of(part.extras, json);
  json.end_object();
  return {};
}

Result<void> ChatMessageWriter::write_file(const Part& part, const std::string& at,
                                           json::Writer& json) {
  const messages::Media& media = part.media;
  if (!own_ && media.data.empty()) return cannot_say(at, "a file is sent by value");
  // Few providers read files, all of them read texts.
  if (const auto text = own_ ? std::nullopt : text_of(media)) {
    json.object().key("type").string("text").key("text").string(*text).end_object();
    name_dropped(part.extras, dropped_);
    return {};
  }
  json.object().key("type").string("file");
  if (!own_ || !messages::find_extra(part.extras, "file")) {
    json.key("file").object();
    if (!media.name.empty())
      json.key("filename").string(media.name);
    else if (!own_)
      json.key("filename").string(media.type == "application/pdf" ? "document.pdf" : "document");
    if (!media.data.empty()) {
      json.key("file_data").string(media.type.empty() ? media.data : data_url(media));
    }
    if (!media.file_id.empty()) json.key("file_id").string(media.file_id);
    json.end_object();
  }
  write_extras_of(part.extras, json);
  json.end_object();
  return {};
}

Result<void> ChatMessageWriter::write_part(const Part& part, const std::string& at,
                                           json::Writer& json) {
  switch (part.kind) {
    case Kind::Text:
    case Kind::Refusal: {
      const std::string_view type = part.kind == Kind::Text ? "text" : "refusal";
      json.object().key("type").string(type).key(type).string(part.text);
      write_extras_of(part.extras, json);
      json.end_object();
      return {};
    }
    case Kind::Image:
      return write_image(part, at, json);
    case Kind::File:
      return write_file(part, at, json);
    case Kind::Audio:
      if (part.media.data.empty()) return cannot_say(at, "a sound is sent by value");
      json.object().key("type").string("input_audio");
      if (!own_ || !messages::find_extra(part.extras, "input_audio")) {
        json.key("input_audio").object().key("data").string(part.media.data);
        if (!part.media.type.empty()) {
          json.key("format").string(audio_format(part.media.type));
        }
        json.end_object();
      }
      write_extras_of(part.extras, json);
      json.end_object();
      return {};
    default:
      if (!own_ || part.extras.empty()) return cannot_say(at, "it belongs to another protocol");
      json.raw(part.extras[0].json);
      return {};
  }
}

// "content": one text where that says it all.
Result<void> ChatMessageWriter::write_content(const Message& message, const Parts& parts,
                                              const std::string& at, json::Writer& json) {
  const bool only_texts = std::all_of(parts.begin(), parts.end(),
                                      [](const Part* part) { return part->kind == Kind::Text; });
  bool one_text = message.is_plain;
  if (!own_) one_text = only_texts && (message.role != Role::User || parts.size() == 1);
  json.key("content");
  if (one_text) {
    if (parts.empty() && message.role == Role::Assistant) {
      json.null();
      return {};
    }
    std::string text;
    for (const Part* part : parts) {
      // Another dialect's answer may be cut anywhere (citations); what others say are paragraphs.
      if (!text.empty() && message.role != Role::Assistant) text += "\n\n";
      text += part->text;
      if (!own_) name_dropped(part->extras, dropped_);
    }
    json.string(text);
    return {};
  }
  json.array();
  for (const Part* part : parts) TRY_VOID(write_part(*part, at + ".content", json));
  json.end_array();
  return {};
}

void ChatMessageWriter::write_thinking(const Message& message, json::Writer& json) {
  std::string foreign;
  for (const Part& part : message.parts) {
    if (part.kind == Kind::RedactedThinking) name_dropped("redacted_thinking", dropped_);
    if (part.kind != Kind::Thinking) continue;
    if (!own_) {
      foreign += part.text;
      if (!part.signature.empty()) name_dropped("signature", dropped_);
      name_dropped(part.extras, dropped_);
    } else {
      json.key(part.extras.empty() ? "reasoning_content" : part.extras[0].name).string(part.text);
    }
  }
  if (!foreign.empty()) json.key("reasoning_content").string(foreign);
}

Result<void> ChatMessageWriter::write_assistant(const Message& message, const std::string& at,
                                                json::Writer& json) {
  Parts content, calls;
  const Part* refusal = nullptr;
  for (const Part& part : message.parts) {
    if (is_content(part))
      content.push_back(&part);
    else if (part.kind == Kind::Refusal)
      refusal = &part;
    else if (part.kind == Kind::ToolUse || part.kind == Kind::Other)
      calls.push_back(&part);
    if (!own_ && (part.kind == Kind::Image || part.kind == Kind::Audio)) {
      return cannot_say(at + ".content", "an assistant says only texts");
    }
  }
  write_thinking(message, json);
  TRY_VOID(write_content(message, content, at, json));
  if (refusal) json.key("refusal").string(refusal->text);
  if (calls.empty()) return {};
  json.key("tool_calls").array();
  for (const Part* call : calls) {
    if (call->kind == Kind::ToolUse) {
      write_tool_call(*call, own_, json);
      if (!own_) name_dropped(call->extras, dropped_);
    } else if (own_) {
      json.raw(call->extras[0].json);
    } else {
      return cannot_say(at + ".content", "it belongs to another protocol");
    }
  }
  json.end_array();
  return {};
}

Result<void> ChatMessageWriter::write_tool_result(const Message& message, const Part& result,
                                                  const std::string& at, json::Writer& json) {
  json.object().key("role").string("tool").key("tool_call_id").string(result.id);
  Message said;
  said.role = Role::Tool;
  said.is_plain = message.is_plain;
  Parts texts;
  for (const Part& part : result.content) {
    const bool later = !own_ && (part.kind == Kind::Image || part.kind == Kind::File);
    (later ? pending_ : texts).push_back(&part);
  }
  TRY_VOID(write_content(said, texts, at, json));
  if (message.role == Role::Tool) {
    if (!message.name.empty()) json.key("name").string(message.name);
    write_extras_of(message.extras, json);
  }
  if (result.failed) name_dropped("is_error", dropped_);
  if (!own_) name_dropped(result.extras, dropped_);
  json.end_object();
  return {};
}

Result<void> ChatMessageWriter::write(const Message& message, const std::string& at,
                                      json::Writer& json) {
  Parts rest;
  bool results = false;
  for (const Part& part : message.parts) {
    if (part.kind == Kind::ToolResult) {
      TRY_VOID(write_tool_result(message, part, at, json));
      results = true;
    } else if (message.role == Role::Tool && own_ && part.kind == Kind::Other) {
      json.raw(part.extras[0].json);
      results = true;
    } else {
      rest.push_back(&part);
    }
  }
  if (results && rest.empty()) return {};
  if (message.role == Role::User)
    rest.insert(rest.begin(), pending_.begin(), pending_.end());
  else if (!pending_.empty())
    TRY_VOID(finish(json));
  pending_.clear();
  json.object().key("role").string(messages::role_name(message.role));
  if (message.role == Role::Assistant)
    TRY_VOID(write_assistant(message, at, json));
  else
    TRY_VOID(write_content(message, rest, at, json));
  if (!message.name.empty()) json.key("name").string(message.name);
  write_extras_of(message.extras, json);
  json.end_object();
  return {};
}

Result<void> ChatMessageWriter::finish(json::Writer& json) {
  if (pending_.empty()) return {};
  Message message;
  json.object().key("role").string("user");
  TRY_VOID(write_content(message, pending_, "messages", json));
  json.end_object();
  pending_.clear();
  return {};
}

}  // namespace tandem::gateway::openai
