#include "gateway/anthropic/part_reader.h"

#include <boost/json.hpp>
#include <span>

#include "base/text/encode.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {
namespace {

namespace bj = boost::json;
using messages::Part;

// One value, whole, that only this dialect can say.
Part other(const bj::object& block) {
  Part part;
  part.kind = Part::Kind::Other;
  part.extras = rest_of(block, {}, Nulls::Keep);
  return part;
}

std::string base64_of(std::string_view text) {
  return text::to_base64({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

// False: a source that no other dialect has either.
bool read_source(const bj::object& source, bool is_document, messages::Media& media) {
  const std::string type = text_or_empty(source, "type");
  if (type == "base64") {
    media.type = text_or_empty(source, "media_type");
    media.data = text_or_empty(source, "data");
    return source.size() == 3 && !media.data.empty();
  }
  if (type == "url") {
    media.url = text_or_empty(source, "url");
    return source.size() == 2 && !media.url.empty();
  }
  if (type == "file") {
    media.file_id = text_or_empty(source, "file_id");
    return source.size() == 2 && !media.file_id.empty();
  }
  if (type == "text" && is_document && text_or_empty(source, "media_type") == "text/plain") {
    media.type = "text/plain";
    media.data = base64_of(text_or_empty(source, "data"));
    return source.size() == 3 && !media.data.empty();
  }
  return false;
}

Result<Part> read_media(const bj::object& block, const std::string& where, Nulls nulls,
                        bool is_document) {
  const bj::object* source = find_object(block, "source");
  if (!source) return wrong_field(where + ".source", "an object");
  Part part;
  part.kind = is_document ? Part::Kind::File : Part::Kind::Image;
  if (!read_source(*source, is_document, part.media)) return other(block);
  if (is_document) part.media.name = text_or_empty(block, "title");
  part.extras = is_document ? rest_of(block, {"type", "source", "title"}, nulls)
                            : rest_of(block, {"type", "source"}, nulls);
  return part;
}

Result<Part> read_tool_use(const bj::object& block, const std::string& where, Nulls nulls) {
  Part part;
  part.kind = Part::Kind::ToolUse;
  TRY(part.id, get_text(block, "id", where));
  TRY(part.name, get_text(block, "name", where));
  const bj::value* input = find(block, "input");
  if (input && !input->is_object()) return wrong_field(where + ".input", "an object");
  part.arguments = input ? raw(*input) : "{}";
  part.extras = rest_of(block, {"type", "id", "name", "input"}, nulls);
  return part;
}

Result<Part> read_tool_result(const bj::object& block, const std::string& where, Nulls nulls) {
  Part part;
  part.kind = Part::Kind::ToolResult;
  TRY(part.id, get_text(block, "tool_use_id", where));
  if (const bj::value* failed = find(block, "is_error")) {
    if (!failed->is_bool()) return wrong_field(where + ".is_error", "true or false");
    part.failed = failed->get_bool();
  }
  part.extras = rest_of(block, {"type", "tool_use_id", "content", "is_error"}, nulls);
  if (const bj::value* content = find(block, "content")) {
    TRY(Content read, read_content(*content, where + ".content"));
    part.content = std::move(read.parts);
    if (read.is_plain) part.extras.push_back({"content", "", kName, true});
  }
  return part;
}

}  // namespace

Result<Part> read_part(const bj::object& block, const std::string& where, Nulls nulls) {
  TRY(const std::string type, get_text(block, "type", where));
  Part part;
  if (type == "text") {
    TRY(part.text, get_text(block, "text", where));
    part.extras = rest_of(block, {"type", "text"}, nulls);
    return part;
  }
  if (type == "thinking") {
    part.kind = Part::Kind::Thinking;
    TRY(part.text, get_text(block, "thinking", where));
    part.signature = text_or_empty(block, "signature");
    part.extras = rest_of(block, {"type", "thinking", "signature"}, nulls);
    return part;
  }
  if (type == "redacted_thinking") {
    part.kind = Part::Kind::RedactedThinking;
    TRY(part.text, get_text(block, "data", where));
    part.extras = rest_of(block, {"type", "data"}, nulls);
    return part;
  }
  if (type == "image") return read_media(block, where, nulls, false);
  if (type == "document") return read_media(block, where, nulls, true);
  if (type == "tool_use") return read_tool_use(block, where, nulls);
  if (type == "tool_result") return read_tool_result(block, where, nulls);
  return other(block);
}

Result<Content> read_content(const bj::value& value, const std::string& where) {
  Content content;
  if (const bj::string* text = value.if_string()) {
    content.is_plain = true;
    content.parts.push_back(messages::text_part(std::string(*text)));
    return content;
  }
  const bj::array* blocks = value.if_array();
  if (!blocks) return wrong_field(where, "a text or a list of content blocks");
  for (size_t i = 0; i < blocks->size(); ++i) {
    const std::string at = where + "[" + std::to_string(i) + "]";
    const bj::object* block = (*blocks)[i].if_object();
    if (!block) return wrong_field(at, "a content block");
    TRY(Part part, read_part(*block, at, Nulls::Skip));
    content.parts.push_back(std::move(part));
  }
  return content;
}

}  // namespace tandem::gateway::anthropic
