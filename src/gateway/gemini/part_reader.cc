#include "gateway/gemini/part_reader.h"

#include <algorithm>

#include "gateway/gemini/fields.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::gemini {
namespace {

using json::Value;
using messages::Part;
using Kind = messages::Part::Kind;

constexpr std::string_view kMadeUp = "call_gemini_";
constexpr std::string_view kData[] = {"text", "inlineData", "fileData", "functionCall",
                                      "functionResponse"};

// One value, whole, that only this dialect can say.
Part other(const Value& value) {
  Part part;
  part.kind = Kind::Other;
  for (const Value& field : value.children) keep(part.extras, field.name, field.raw);
  return part;
}

Kind kind_of(std::string_view type) {
  if (type.starts_with("image/")) return Kind::Image;
  if (type.starts_with("audio/")) return Kind::Audio;
  return Kind::File;
}

Result<Part> read_text(const Value& value, const std::string& at) {
  Part part;
  TRY(part.text, get_text(value, "text", at));
  const Value* thought = value.find("thought");
  if (!thought || !thought->boolean().value_or(false)) {
    keep_unknown(value, {"text", "thought"}, part.extras);
    return part;
  }
  part.kind = Kind::Thinking;
  part.signature = find_text(value, "thoughtSignature");
  // Protobuf's JSON takes both alphabets of base64; other dialects know one.
  if (part.signature.find_first_of("-_") != std::string::npos) {
    note(part.extras, "thoughtSignature", find(value, "thoughtSignature")->raw);
    std::replace(part.signature.begin(), part.signature.end(), '-', '+');
    std::replace(part.signature.begin(), part.signature.end(), '_', '/');
  }
  keep_unknown(value, {"text", "thought", "thoughtSignature"}, part.extras);
  return part;
}

Result<Part> read_media(const Value& value, const Value& media, std::string_view name,
                        const std::string& at) {
  if (!media.is_object()) return wrong_field(at, "an object");
  const bool inside = name == "inlineData";
  Part part;
  part.media.type = find_text(media, "mimeType");
  part.media.name = find_text(media, "displayName");
  part.kind = kind_of(part.media.type);
  TRY(std::string held, get_text(media, inside ? "data" : "fileUri", at));
  (inside ? part.media.data : part.media.url) = std::move(held);
  keep_unknown(media, {"mimeType", "displayName", inside ? "data" : "fileUri"}, part.extras,
               std::string(name) + ".");
  keep_unknown(value, {name}, part.extras);
  return part;
}

Result<Part> read_call(const Value& value, const Value& call, const std::string& at) {
  if (!call.is_object()) return wrong_field(at, "an object with a name and args");
  // Arguments that arrive bit by bit, which only who asked for them in this dialect gets.
  if (find(call, "partialArgs") || find(call, "willContinue")) return other(value);
  Part part;
  part.kind = Kind::ToolUse;
  TRY(part.name, get_text(call, "name", at));
  part.id = find_text(call, "id");
  const Value* args = find(call, "args");
  if (args && !args->is_object()) return wrong_field(at + ".args", "an object");
  part.arguments = args ? args->raw : "{}";
  if (!args) note(part.extras, "args");
  keep_unknown(call, {"name", "id", "args"}, part.extras, "functionCall.");
  keep_unknown(value, {"functionCall"}, part.extras);
  return part;
}

// The one text that a response holds in the words that the API advises; nullopt: something else.
const Value* only_text(const Value& response, bool& failed) {
  if (response.children.size() != 1 || !response.children[0].is_string()) return nullptr;
  const std::string_view name = response.children[0].name;
  failed = name == "error";
  return name == "output" || name == "result" || failed ? &response.children[0] : nullptr;
}

Result<Part> read_response(const Value& value, const Value& answer, const std::string& at,
                           CallIds& ids) {
  if (!answer.is_object()) return wrong_field(at, "an object with a name and a response");
  Part part;
  part.kind = Kind::ToolResult;
  TRY(part.name, get_text(answer, "name", at));
  part.id = find_text(answer, "id");
  if (const Value* response = find(answer, "response")) {
    if (!response->is_object()) return wrong_field(at + ".response", "an object");
    const Value* text = only_text(*response, part.failed);
    part.content.push_back(messages::text_part(std::string(text ? text->text : response->raw)));
    note(part.extras, "response", response->raw);
  }
  if (const Value* parts = find(answer, "parts")) {
    const std::vector<const Value*> list = elements(*parts);
    for (size_t i = 0; i < list.size(); ++i) {
      TRY(Part media, read_part(*list[i], at + ".parts[" + std::to_string(i) + "]", ids));
      part.content.push_back(std::move(media));
    }
  }
  keep_unknown(answer, {"name", "id", "response", "parts"}, part.extras, "functionResponse.");
  keep_unknown(value, {"functionResponse"}, part.extras);
  return part;
}

}  // namespace

bool is_made_up(std::string_view id) {
  return id.starts_with(kMadeUp);
}

std::string CallIds::next() {
  return std::string(kMadeUp) + scope_ + (scope_.empty() ? "" : "_") + std::to_string(made_++);
}

void CallIds::add_call(Part& call) {
  if (call.id.empty()) call.id = next();
  open_[call.name].push_back(call.id);
}

void CallIds::add_response(Part& response) {
  std::deque<std::string>& calls = open_[response.name];
  if (response.id.empty()) {
    response.id = calls.empty() ? next() : calls.front();
    note(response.extras, "id");
  }
  const auto call = std::find(calls.begin(), calls.end(), response.id);
  if (call != calls.end()) calls.erase(call);
}

Result<Part> read_part(const Value& value, const std::string& at, CallIds& ids) {
  if (!value.is_object()) return wrong_field(at, "an object, a part of a content");
  std::string_view held;
  for (const std::string_view name : kData) {
    if (!find(value, name)) continue;
    if (!held.empty())
      return wrong_field(at,
                         "a part with one of text, inlineData, fileData, "
                         "functionCall and functionResponse");
    held = name;
  }
  if (held.empty()) return other(value);
  if (held == "text") return read_text(value, at);
  const Value& data = *find(value, held);
  const std::string path = at + "." + std::string(held);
  if (held == "functionCall") {
    TRY(Part call, read_call(value, data, path));
    if (call.kind == Kind::ToolUse) ids.add_call(call);
    return call;
  }
  if (held == "functionResponse") {
    TRY(Part response, read_response(value, data, path, ids));
    ids.add_response(response);
    return response;
  }
  return read_media(value, data, held, path);
}

}  // namespace tandem::gateway::gemini
