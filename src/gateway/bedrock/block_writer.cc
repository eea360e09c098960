#include "gateway/bedrock/block_writer.h"

#include "gateway/anthropic/fields.h"
#include "gateway/bedrock/media.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::bedrock {
namespace {

using messages::Media;
using messages::Part;

Failure cannot(const std::string& where, std::string_view what) {
  return fail(Code::InvalidArgument,
              "The target of this endpoint takes no " + std::string(what) + ".",
              "Leave it out, or choose an endpoint whose target takes it.", where);
}

}  // namespace

bool BlockWriter::is_written(const Part& part) {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      return !part.text.empty();
    case Part::Kind::Thinking:
      return !part.signature.empty();
    case Part::Kind::RedactedThinking:
      return false;  // in whose encoding, nobody knows
    default:
      return true;
  }
}

void BlockWriter::end_block(const messages::Extras& extras) {
  for (const messages::Extra& extra : extras) {
    if (extra.is_note) continue;
    if (extra.name != "cache_control") {
      dropped_.add(extra.name);
      continue;
    }
    json_.object().key("cachePoint").object().key("type").string("default");
    if (extra.json.find("\"1h\"") != std::string::npos) json_.key("ttl").string("1h");
    json_.end_object().end_object();
  }
}

Result<void> BlockWriter::write(const Part& part, const std::string& where) {
  switch (part.kind) {
    case Part::Kind::Text:
    case Part::Kind::Refusal:
      json_.object().key("text").string(part.text).end_object();
      break;
    case Part::Kind::Thinking:
      json_.object().key("reasoningContent").object().key("reasoningText").object();
      json_.key("text").string(part.text).key("signature").string(part.signature);
      json_.end_object().end_object().end_object();
      break;
    case Part::Kind::Image:
    case Part::Kind::File:
    case Part::Kind::Audio:
      TRY_VOID(write_media(part, where));
      break;
    case Part::Kind::ToolUse:
      TRY_VOID(write_tool_use(part, where));
      break;
    case Part::Kind::ToolResult:
      TRY_VOID(write_tool_result(part, where));
      break;
    case Part::Kind::RedactedThinking:
    case Part::Kind::Other:
      return cannot(where, "content of this type");
  }
  end_block(part.extras);
  return {};
}

Result<void> BlockWriter::write_media(const Part& part, const std::string& where) {
  Media media = inlined(part.media);
  const bool stored = media.url.starts_with("s3://");
  if (!media.file_id.empty()) return cannot(where, "uploaded file of another provider");
  if (!media.url.empty() && !stored) {
    return cannot(where, "address of an image or file: send its bytes, or an s3:// address");
  }
  if (media.data.empty() && !stored) {
    return wrong_field(where, "an image or a file with data");
  }
  const bool is_image = part.kind == Part::Kind::Image || media.type.starts_with("image/");
  const bool is_audio = part.kind == Part::Kind::Audio || media.type.starts_with("audio/");
  if (media.type.empty()) media.type = is_image ? "image/png" : "application/pdf";
  const std::string_view format = format_of(media);
  if (format.empty()) return cannot(where, "media of the type " + media.type);
  json_.object().key(is_image ? "image" : is_audio ? "audio" : "document").object();
  json_.key("format").string(format);
  if (!is_image && !is_audio) json_.key("name").string(document_name(media.name));
  json_.key("source").object();
  if (stored) {
    json_.key("s3Location").object().key("uri").string(media.url).end_object();
  } else {
    json_.key("bytes").string(media.data);
  }
  json_.end_object().end_object().end_object();
  if (!media.detail.empty() && media.detail != "auto") dropped_.add("detail");
  return {};
}

Result<void> BlockWriter::write_tool_use(const Part& part, const std::string& where) {
  const auto input = anthropic::tool_input(part.arguments);
  if (!input) return wrong_field(where, "a call whose arguments are a JSON object");
  json_.object().key("toolUse").object().key("toolUseId").string(anthropic::tool_id(part.id));
  json_.key("name").string(part.name).key("input").raw(*input).end_object().end_object();
  return {};
}

Result<void> BlockWriter::write_tool_result(const Part& part, const std::string& where) {
  json_.object().key("toolResult").object();
  json_.key("toolUseId").string(anthropic::tool_id(part.id)).key("content").array();
  bool any = false;
  for (size_t i = 0; i < part.content.size(); ++i) {
    if (!is_written(part.content[i])) continue;
    any = true;
    TRY_VOID(write(part.content[i], where + ".content[" + std::to_string(i) + "]"));
  }
  // The list must hold something; a tool without words has nothing to say.
  if (!any) json_.object().key("text").string("(no output)").end_object();
  json_.end_array();
  if (part.failed) json_.key("status").string("error");
  json_.end_object().end_object();
  return {};
}

}  // namespace tandem::gateway::bedrock
