#include "gateway/openai/chat_message_reader.h"

#include "gateway/request_errors.h"

#include <algorithm>

namespace tandem::gateway::openai {
namespace {

using json::Value;
using messages::Extras;
using messages::Message;
using messages::Part;
using messages::Role;
using Kind = messages::Part::Kind;

std::string element(const std::string& list, size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

// "data:image/png;base64,…" (RFC 2397) without further parameters; anything else is an address.
bool take_data_url(std::string_view url, messages::Media& media) {
  constexpr std::string_view kScheme = "data:", kCoding = ";base64,";
  if (!url.starts_with(kScheme)) return false;
  const size_t coding = url.find_first_of(";,");
  if (coding == std::string_view::npos || coding == kScheme.size()) return false;
  if (!url.substr(coding).starts_with(kCoding)) return false;
  media.type = url.substr(kScheme.size(), coding - kScheme.size());
  media.data = url.substr(coding + kCoding.size());
  return true;
}

// What a part's own object holds beyond what is read is kept whole, under the object's name.
void keep_if_unknown(const Value& object, std::initializer_list<std::string_view> known,
                     Extras& extras) {
  Extras unknown;
  keep_unknown(object, known, unknown);
  if (!unknown.empty()) keep_field(object.name, object.raw, extras);
}

Result<Part> read_image(const Value& value, const std::string& at) {
  const Value* image = value.find("image_url");
  Part part;
  part.kind = Kind::Image;
  const Value* url = image && image->is_object() ? image->find("url") : image;
  if (!url || !url->is_string()) return wrong_field(at + ".image_url", "an object with a url");
  if (!take_data_url(url->text, part.media)) part.media.url = url->text;
  if (image->is_string()) keep_note("image_url", "", part.extras);
  part.media.detail = image->find_text("detail");
  keep_if_unknown(*image, {"url", "detail"}, part.extras);
  keep_unknown(value, {"type", "image_url"}, part.extras);
  return part;
}

Result<Part> read_audio(const Value& value, const std::string& at) {
  const Value* audio = value.find("input_audio");
  if (!audio || !audio->is_object()) {
    return wrong_field(at + ".input_audio", "an object with data and format");
  }
  Part part;
  part.kind = Kind::Audio;
  part.media.data = audio->find_text("data");
  if (const auto format = audio->find_text("format"); !format.empty()) {
    part.media.type = "audio/" + std::string(format);
  }
  keep_if_unknown(*audio, {"data", "format"}, part.extras);
  keep_unknown(value, {"type", "input_audio"}, part.extras);
  return part;
}

Result<Part> read_file(const Value& value, const std::string& at) {
  const Value* file = value.find("file");
  if (!file || !file->is_object()) return wrong_field(at + ".file", "an object");
  Part part;
  part.kind = Kind::File;
  const std::string_view data = file->find_text("file_data");
  if (!take_data_url(data, part.media)) part.media.data = data;
  part.media.file_id = file->find_text("file_id");
  part.media.name = file->find_text("filename");
  keep_if_unknown(*file, {"file_data", "file_id", "filename"}, part.extras);
  keep_unknown(value, {"type", "file"}, part.extras);
  return part;
}

Result<Part> read_part(const Value& value, const std::string& at) {
  if (!value.is_object()) return wrong_field(at, "an object with a type");
  const std::string_view type = value.find_text("type");
  if (type.empty()) return wrong_field(at + ".type", "a text");
  if (type == "image_url") return read_image(value, at);
  if (type == "input_audio") return read_audio(value, at);
  if (type == "file") return read_file(value, at);
  Part part;
  if (type != "text" && type != "refusal") {
    part.kind = Kind::Other;
    keep_field("content", value.raw, part.extras);
    return part;
  }
  const Value* text = value.find(type);
  if (!text || !text->is_string()) {
    return wrong_field(at + "." + std::string(type), "a text");
  }
  part.kind = type == "text" ? Kind::Text : Kind::Refusal;
  part.text = text->text;
  keep_unknown(value, {"type", type}, part.extras);
  return part;
}

// True: one text.
Result<bool> read_content(const Value& message, const std::string& at, std::vector<Part>& parts) {
  const Value* content = message.find("content");
  if (!content) return true;
  if (content->is_string()) {
    parts.push_back(messages::text_part(std::string(content->text)));
    return true;
  }
  const std::string field = at + ".content";
  if (!content->is_array()) return wrong_field(field, "a text or a list of parts");
  parts.reserve(parts.size() + content->children.size());
  for (size_t i = 0; i < content->children.size(); ++i) {
    TRY(Part part, read_part(content->children[i], element(field, i)));
    parts.push_back(std::move(part));
  }
  return false;
}

Result<Part> read_tool_call(const Value& call, const std::string& at) {
  if (!call.is_object()) return wrong_field(at, "an object");
  Part part;
  const std::string_view type = call.find_text("type");
  if (!type.empty() && type != "function") {
    part.kind = Kind::Other;
    keep_field("tool_calls", call.raw, part.extras);
    return part;
  }
  const Value* function = call.find("function");
  if (!function || function->find_text("name").empty()) {
    return wrong_field(at + ".function", "an object with a name and arguments");
  }
  part.kind = Kind::ToolUse;
  part.id = call.find_text("id");
  part.name = function->find_text("name");
  // Some servers write them as the object itself.
  if (const Value* arguments = function->find("arguments")) {
    part.arguments = arguments->is_string() ? arguments->text : arguments->raw;
  }
  keep_if_unknown(*function, {"name", "arguments"}, part.extras);
  keep_unknown(call, {"id", "type", "function"}, part.extras);
  return part;
}

Result<Role> read_role(const Value& message, const std::string& at) {
  const std::string_view name = message.find_text("role");
  for (const Role role : {Role::System, Role::Developer, Role::User, Role::Assistant, Role::Tool}) {
    if (name == messages::role_name(role)) return role;
  }
  if (name == "function") return Role::Tool;
  return wrong_field(at + ".role", "system, developer, user, assistant, tool or function");
}

}  // namespace

void keep_field(std::string_view name, std::string_view json, Extras& extras) {
  extras.push_back({std::string(name), std::string(json), kDialectName, false});
}

void keep_note(std::string_view name, std::string_view json, Extras& extras) {
  extras.push_back({std::string(name), std::string(json), kDialectName, true});
}

void keep_unknown(const Value& object, std::initializer_list<std::string_view> known,
                  Extras& extras, std::string_view prefix) {
  for (const Value& field : object.children) {
    if (field.is_null() || std::find(known.begin(), known.end(), field.name) != known.end()) {
      continue;
    }
    keep_field(std::string(prefix) + std::string(field.name), field.raw, extras);
  }
}

Result<bool> read_said(const Value& message, const std::string& at, std::vector<Part>& parts) {
  for (const std::string_view field : {"reasoning_content", "reasoning"}) {
    const std::string_view text = message.find_text(field);
    if (text.empty()) continue;
    Part part;
    part.kind = Kind::Thinking;
    part.text = text;
    keep_note(field, "", part.extras);
    parts.push_back(std::move(part));
  }
  TRY(const bool plain, read_content(message, at, parts));
  if (const std::string_view refusal = message.find_text("refusal"); !refusal.empty()) {
    Part part;
    part.kind = Kind::Refusal;
    part.text = refusal;
    keep_note("refusal", "", part.extras);  // a field, no part of the content
    parts.push_back(std::move(part));
  }
  if (const Value* calls = message.find("tool_calls")) {
    const std::string field = at + ".tool_calls";
    if (!calls->is_array()) return wrong_field(field, "a list");
    for (size_t i = 0; i < calls->children.size(); ++i) {
      TRY(Part part, read_tool_call(calls->children[i], element(field, i)));
      parts.push_back(std::move(part));
    }
  }
  return plain;
}

Result<Message> read_chat_message(const Value& value, const std::string& at) {
  if (!value.is_object()) return wrong_field(at, "an object with role and content");
  Message message;
  TRY(message.role, read_role(value, at));
  message.name = value.find_text("name");
  if (message.role == Role::Assistant) {
    TRY(message.is_plain, read_said(value, at, message.parts));
    keep_unknown(
        value,
        {"role", "name", "content", "refusal", "tool_calls", "reasoning_content", "reasoning"},
        message.extras);
    return message;
  }
  if (message.role != Role::Tool) {
    TRY(message.is_plain, read_content(value, at, message.parts));
    if (!value.find("content")) return wrong_field(at + ".content", "a text or a list of parts");
    keep_unknown(value, {"role", "name", "content"}, message.extras);
    return message;
  }
  Part part;
  if (value.find_text("role") == "function") {
    // The protocol before tools: its results name no call.
    part.kind = Kind::Other;
    keep_field("messages", value.raw, part.extras);
    message.parts.push_back(std::move(part));
    return message;
  }
  part.kind = Kind::ToolResult;
  part.id = value.find_text("tool_call_id");
  if (part.id.empty()) return wrong_field(at + ".tool_call_id", "the id of a tool call");
  TRY(message.is_plain, read_content(value, at, part.content));
  keep_unknown(value, {"role", "name", "content", "tool_call_id"}, message.extras);
  message.parts.push_back(std::move(part));
  return message;
}

}  // namespace tandem::gateway::openai
