#include "gateway/anthropic/part_writer.h"

#include <algorithm>
#include <optional>

#include "base/json/validate.h"
#include "base/text/encode.h"
#include "base/text/utf8.h"
#include "gateway/anthropic/fields.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {
namespace {

using messages::Media;
using messages::Part;

// A data URL (RFC 2397) taken apart, else the media as it is.
Media plain(Media media) {
  const std::string_view url = media.url;
  const size_t comma = url.find(";base64,");
  if (url.substr(0, 5) == "data:" && comma != url.npos) {
    media.type = url.substr(5, comma - 5);
    media.data = url.substr(comma + 8);
    media.url.clear();
  }
  return media;
}

Failure cannot(const std::string& where, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The target of this endpoint takes no " + std::string(what) + ".",
              "Leave it out, or choose an endpoint whose target takes it.", where);
}

}  // namespace

void Dropped::add(std::string_view name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
}

void Dropped::add(const messages::Extras& extras) {
  for (const messages::Extra& extra : extras) {
    if (!extra.is_note) add(extra.name);
  }
}

std::string tool_id(std::string_view id) {
  std::string out(id);
  for (char& c : out) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!fine) c = '_';
  }
  return out;
}

std::optional<std::string> tool_input(std::string_view arguments) {
  const size_t begin = arguments.find_first_not_of(" \t\r\n");
  if (begin == arguments.npos) return "{}";
  if (arguments[begin] != '{' || !json::is_valid(arguments)) return std::nullopt;
  return std::string(arguments);
}

bool PartWriter::is_written(const Part& part) const {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      return !part.text.empty();
    case Part::Kind::Thinking:
      return own_ || !part.signature.empty();
    case Part::Kind::RedactedThinking:
      return own_;
    default:
      return true;
  }
}

void PartWriter::end_block(const messages::Extras& extras) {
  if (own_)
    write_extras(json_, extras);
  else
    dropped_.add(extras);
  json_.end_object();
}

Result<void> PartWriter::write(const Part& part, const std::string& where) {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      json_.object().key("type").string("text").key("text").string(part.text);
      break;
    case Part::Kind::Thinking:
      json_.object().key("type").string("thinking").key("thinking").string(part.text);
      json_.key("signature").string(part.signature);
      break;
    case Part::Kind::RedactedThinking:
      json_.object().key("type").string("redacted_thinking").key("data").string(part.text);
      break;
    case Part::Kind::Audio:
      return cannot(where, "audio");
    case Part::Kind::Image:
    case Part::Kind::File:
      return write_media(part, where);
    case Part::Kind::ToolUse:
      return write_tool_use(part, where);
    case Part::Kind::ToolResult:
      return write_tool_result(part, where);
    case Part::Kind::Other:
      if (!own_) return cannot(where, "content of this type");
      json_.object();
      break;
  }
  end_block(part.extras);
  return {};
}

Result<void> PartWriter::write_media(const Part& part, const std::string& where) {
  const Media media = plain(part.media);
  const bool is_image = part.kind == Part::Kind::Image || media.type.substr(0, 6) == "image/";
  const auto text = !is_image && media.type.substr(0, 5) == "text/" ? text::from_base64(media.data)
                                                                    : std::optional<std::string>();
  if (media.data.empty() && media.url.empty() && media.file_id.empty()) {
    return wrong_field(where, "an image or a file with data, an address or an id");
  }
  json_.object().key("type").string(is_image ? "image" : "document");
  json_.key("source").object();
  if (!media.file_id.empty()) {
    json_.key("type").string("file").key("file_id").string(media.file_id);
  } else if (media.data.empty()) {
    json_.key("type").string("url").key("url").string(media.url);
  } else if (text && text::is_valid_utf8(*text)) {
    json_.key("type").string("text").key("media_type").string("text/plain");
    json_.key("data").string(*text);
  } else {
    const std::string_view usual = is_image ? "image/png" : "application/pdf";
    json_.key("type").string("base64");
    json_.key("media_type").string(media.type.empty() ? usual : std::string_view(media.type));
    json_.key("data").string(media.data);
  }
  json_.end_object();
  if (!is_image && !media.name.empty()) json_.key("title").string(media.name);
  if (!media.detail.empty() && media.detail != "auto") dropped_.add("detail");
  end_block(part.extras);
  return {};
}

Result<void> PartWriter::write_tool_use(const Part& part, const std::string& where) {
  const auto input = tool_input(part.arguments);
  if (!input) return wrong_field(where, "a call whose arguments are a JSON object");
  json_.object().key("type").string("tool_use").key("id").string(tool_id(part.id));
  json_.key("name").string(part.name).key("input").raw(*input);
  end_block(part.extras);
  return {};
}

Result<void> PartWriter::write_tool_result(const Part& part, const std::string& where) {
  json_.object().key("type").string("tool_result").key("tool_use_id").string(tool_id(part.id));
  const bool one_text = part.content.size() == 1 && part.content[0].kind == Part::Kind::Text;
  const bool plain = own_ ? messages::find_extra(part.extras, "content") != nullptr
                          : one_text && part.content[0].extras.empty();
  if (plain && one_text) {
    json_.key("content").string(part.content[0].text);
  } else if (!part.content.empty()) {
    json_.key("content").array();
    for (size_t i = 0; i < part.content.size(); ++i) {
      if (!is_written(part.content[i])) continue;
      TRY_VOID(write(part.content[i], where + ".content[" + std::to_string(i) + "]"));
    }
    json_.end_array();
  }
  if (part.failed) json_.key("is_error").boolean(true);
  end_block(part.extras);
  return {};
}

}  // namespace tandem::gateway::anthropic
