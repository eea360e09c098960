#include "gateway/responses/item_reader.h"

#include <algorithm>

#include "gateway/request_errors.h"
#include "gateway/responses/fields.h"

namespace tandem::gateway::responses {
namespace {

using json::Value;
using messages::Extras;
using messages::Message;
using messages::Part;
using messages::Role;
using Kind = messages::Part::Kind;

Part other(const Value& value, std::string_view name) {
  Part part;
  part.kind = Kind::Other;
  keep_field(name, value.raw, part.extras);
  return part;
}

Result<Part> read_image(const Value& value, const std::string& at) {
  Part part;
  part.kind = Kind::Image;
  const std::string_view url = value.find_text("image_url");
  part.media.file_id = value.find_text("file_id");
  if (url.empty() && part.media.file_id.empty()) {
    return wrong_field(at + ".image_url", "an address or a data URL, as text");
  }
  if (!take_data_url(url, part.media)) part.media.url = url;
  part.media.detail = value.find_text("detail");
  keep_unknown(value, {"type", "image_url", "file_id", "detail"}, part.extras);
  return part;
}

Part read_file(const Value& value) {
  Part part;
  part.kind = Kind::File;
  const std::string_view data = value.find_text("file_data");
  if (!take_data_url(data, part.media)) part.media.data = data;
  part.media.url = value.find_text("file_url");
  part.media.file_id = value.find_text("file_id");
  part.media.name = value.find_text("filename");
  keep_unknown(value, {"type", "file_data", "file_url", "file_id", "filename"}, part.extras);
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
  part.media.type = "audio/" + std::string(audio->find_text("format"));
  keep_unknown(value, {"type", "input_audio"}, part.extras);
  return part;
}

Result<Part> read_part(const Value& value, const std::string& at, std::string_view text_type) {
  if (!value.is_object()) return wrong_field(at, "an object with a type");
  const std::string_view type = value.find_text("type");
  if (type.empty()) return wrong_field(at + ".type", "a text");
  const bool is_input = text_type == "input_text";
  if (is_input && type == "input_image") return read_image(value, at);
  if (is_input && type == "input_file") return read_file(value);
  if (is_input && type == "input_audio") return read_audio(value, at);
  const bool refusal = type == "refusal";
  const bool text = type == "input_text" || type == "output_text" || type == "text";
  if (!text && !refusal) return other(value, "content");
  const std::string_view field = refusal ? "refusal" : "text";
  const Value* said = value.find(field);
  if (!said || !said->is_string()) return wrong_field(at + "." + std::string(field), "a text");
  Part part = messages::text_part(std::string(said->text));
  if (refusal) part.kind = Kind::Refusal;
  if (text && type != text_type) keep_note("item.text_type", type, part.extras);
  keep_unknown(value, {"type", field}, part.extras);
  return part;
}

// True: one text.
Result<bool> read_content(const Value* content, const std::string& at, std::string_view text_type,
                          std::vector<Part>& parts) {
  if (content && content->is_string()) {
    parts.push_back(messages::text_part(std::string(content->text)));
    return true;
  }
  if (!content || !content->is_array()) return wrong_field(at, "a text or a list of parts");
  for (size_t i = 0; i < content->children.size(); ++i) {
    TRY(Part part, read_part(content->children[i], element(at, i), text_type));
    parts.push_back(std::move(part));
  }
  return false;
}

// How the item was written; `known` are the fields that were read.
void note_item(const Value& item, std::vector<std::string_view> known, Extras& extras) {
  for (const auto& [field, note] : {std::pair{"id", "item.id"}, {"status", "item.status"}}) {
    if (item.find_text(field).empty()) continue;
    known.push_back(field);
    keep_note(note, item.find(field)->raw, extras);
  }
  keep_note("item", unknown_members(item, known), extras);
  if (!item.find("type")) keep_note("item.untyped", "", extras);
}

Result<void> read_said_message(const Value& item, const std::string& at, std::vector<Part>& parts) {
  const size_t first = parts.size();
  TRY(const bool plain, read_content(item.find("content"), at + ".content", "output_text", parts));
  if (parts.size() == first) {
    parts.emplace_back();
    keep_note("item.empty", "", parts[first].extras);
  }
  if (plain) keep_note("item.plain", "", parts[first].extras);
  note_item(item, {"type", "role", "content"}, parts[first].extras);
  return {};
}

Result<void> read_call(const Value& item, const std::string& at, std::vector<Part>& parts) {
  Part part;
  part.kind = Kind::ToolUse;
  part.id = item.find_text("call_id");
  part.name = item.find_text("name");
  if (part.id.empty()) return wrong_field(at + ".call_id", "the id of the call");
  if (part.name.empty()) return wrong_field(at + ".name", "the name of a function");
  const Value* arguments = item.find("arguments");
  if (!arguments || !arguments->is_string()) {
    return wrong_field(at + ".arguments", "a JSON object, as text");
  }
  part.arguments = arguments->text;
  note_item(item, {"type", "call_id", "name", "arguments"}, part.extras);
  parts.push_back(std::move(part));
  return {};
}

// "anthropic:…" is the signature of thinking of that dialect; without such a word in front it is
// OpenAI's own, which nobody else can use.
void read_encrypted(const Value& value, Part& part) {
  const size_t colon = value.text.find(':');
  constexpr size_t kLongestName = 32;
  const bool last = colon + 1 == value.text.size();
  if (colon == std::string_view::npos || colon == 0 || colon > kLongestName || last) {
    keep_field("encrypted_content", value.raw, part.extras);
    return;
  }
  keep_note("item.signed_by", value.text.substr(0, colon), part.extras);
  part.signature = value.text.substr(colon + 1);
}

Result<void> read_thoughts(const Value* list, const std::string& at, std::string_view type,
                           std::vector<Part>& parts) {
  if (!list) return {};
  if (!list->is_array()) return wrong_field(at, "a list");
  for (size_t i = 0; i < list->children.size(); ++i) {
    const Value& entry = list->children[i];
    const Value* text = entry.is_object() ? entry.find("text") : nullptr;
    if (!text || !text->is_string() || entry.find_text("type") != type) {
      return wrong_field(element(at, i), "an object of the type " + std::string(type));
    }
    Part part = messages::text_part(std::string(text->text));
    part.kind = Kind::Thinking;
    if (type == "reasoning_text") keep_note("item.reasoning_text", "", part.extras);
    parts.push_back(std::move(part));
  }
  return {};
}

Result<void> read_reasoning(const Value& item, const std::string& at, std::vector<Part>& parts) {
  const size_t first = parts.size();
  TRY_VOID(read_thoughts(item.find("summary"), at + ".summary", "summary_text", parts));
  TRY_VOID(read_thoughts(item.find("content"), at + ".content", "reasoning_text", parts));
  if (parts.size() == first) {
    Part part;
    part.kind = Kind::Thinking;
    keep_note("item.empty", "", part.extras);
    parts.push_back(std::move(part));
  }
  Part& part = parts[first];
  if (const Value* list = item.find("content"); list && list->children.empty()) {
    keep_note("item.empty_content", "", part.extras);
  }
  if (const Value* sealed = item.find("encrypted_content"); sealed && sealed->is_string()) {
    read_encrypted(*sealed, part);
  }
  note_item(item, {"type", "summary", "content", "encrypted_content"}, part.extras);
  return {};
}

Result<void> read_output(const Value& item, const std::string& at, std::vector<Message>& messages) {
  Part part;
  part.kind = Kind::ToolResult;
  part.id = item.find_text("call_id");
  if (part.id.empty()) return wrong_field(at + ".call_id", "the id of the call that it answers");
  Message message;
  message.role = Role::Tool;
  TRY(message.is_plain,
      read_content(item.find("output"), at + ".output", "input_text", part.content));
  note_item(item, {"type", "call_id", "output"}, part.extras);
  message.parts.push_back(std::move(part));
  messages.push_back(std::move(message));
  return {};
}

Result<void> read_message(const Value& item, const std::string& at, Role role,
                          std::vector<Message>& messages) {
  Message message;
  message.role = role;
  TRY(message.is_plain,
      read_content(item.find("content"), at + ".content", "input_text", message.parts));
  note_item(item, {"type", "role", "content"}, message.extras);
  messages.push_back(std::move(message));
  return {};
}

// An item without a type is a message.
std::string_view type_of(const Value& item) {
  const std::string_view type = item.find_text("type");
  return type.empty() && item.find("role") ? "message" : type;
}

}  // namespace

Result<void> read_said_item(const Value& item, const std::string& at, std::vector<Part>& parts) {
  if (!item.is_object()) return wrong_field(at, "an object with a type");
  const std::string_view type = type_of(item);
  if (type.empty()) return wrong_field(at + ".type", "a text");
  if (type == "message") return read_said_message(item, at, parts);
  if (type == "function_call") return read_call(item, at, parts);
  if (type == "reasoning") return read_reasoning(item, at, parts);
  parts.push_back(other(item, "item"));
  note_item(item, {}, parts.back().extras);  // whole in the extra in front of these
  return {};
}

Result<void> read_input_item(const Value& item, const std::string& at,
                             std::vector<Message>& messages) {
  if (!item.is_object()) return wrong_field(at, "an object");
  const std::string_view type = type_of(item);
  if (type == "function_call_output") return read_output(item, at, messages);
  if (type == "message") {
    const std::string_view name = item.find_text("role");
    for (const Role role : {Role::System, Role::Developer, Role::User}) {
      if (name == messages::role_name(role)) return read_message(item, at, role, messages);
    }
    if (name != "assistant")
      return wrong_field(at + ".role", "user, assistant, system or developer");
  }
  if (type == "item_reference") {
    return fail(Code::InvalidArgument,
                "The field \"" + at + "\" refers to an item that is not stored here.",
                "Send the item itself, or the response that it is from as previous_response_id.",
                at);
  }
  if (messages.empty() || messages.back().role != Role::Assistant) {
    messages.emplace_back().role = Role::Assistant;
  }
  return read_said_item(item, at, messages.back().parts);
}

}  // namespace tandem::gateway::responses
