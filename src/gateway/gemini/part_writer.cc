#include "gateway/gemini/part_writer.h"

#include "base/json/validate.h"
#include "base/text/encode.h"
#include "gateway/gemini/part_reader.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::gemini {
namespace {

using messages::Media;
using messages::Part;
using Kind = messages::Part::Kind;

// What the API takes for a signature where the call came from another model.
// Source: Gemini API, "Thought signatures", 2026-11.
constexpr std::string_view kForeignSignature = "skip_thought_signature_validator";

// A data URL (RFC 2397) taken apart, else the media as it is.
Media plain(Media media) {
  const std::string url = media.url;
  const size_t comma = url.find(";base64,");
  if (url.starts_with("data:") && comma != std::string::npos) {
    media.type = url.substr(5, comma - 5);
    media.data = url.substr(comma + 8);
    media.url.clear();
  }
  return media;
}

// By the ending of its address: the API asks for the type of what it fetches.
std::string_view guessed_type(std::string_view url) {
  struct Row {
    std::string_view ending, type;
  };
  constexpr Row kRows[] = {{".png", "image/png"},       {".jpg", "image/jpeg"},
                           {".jpeg", "image/jpeg"},     {".webp", "image/webp"},
                           {".gif", "image/gif"},       {".heic", "image/heic"},
                           {".pdf", "application/pdf"}, {".mp3", "audio/mp3"},
                           {".wav", "audio/wav"},       {".mp4", "video/mp4"}};
  const std::string path = text::to_ascii_lower(url.substr(0, url.find_first_of("?#")));
  for (const Row& row : kRows) {
    if (path.ends_with(row.ending)) return row.type;
  }
  return "";
}

std::string_view usual_type(Kind kind) {
  if (kind == Kind::Image) return "image/png";
  return kind == Kind::Audio ? "audio/wav" : "application/pdf";
}

}  // namespace

std::optional<std::string> object_of(std::string_view arguments) {
  const size_t begin = arguments.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "{}";
  if (arguments[begin] != '{' || !json::is_valid(arguments)) return std::nullopt;
  return std::string(arguments);
}

bool PartWriter::is_written(const Part& part) const {
  if (rules_.own) return true;
  switch (part.kind) {
    case Kind::Text:
    case Kind::Refusal:
      return !part.text.empty();
    case Kind::Thinking:
    case Kind::RedactedThinking:
      return false;
    default:
      return true;
  }
}

void PartWriter::end(const messages::Extras& extras) {
  if (rules_.own)
    write_extras(json_, extras);
  else
    dropped_.add(extras);
  json_.end_object();
}

Result<void> PartWriter::write(const Part& part, const std::string& at) {
  switch (part.kind) {
    case Kind::Text:
    case Kind::Refusal:
      json_.object().key("text").string(part.text);
      break;
    case Kind::Thinking: {
      json_.object().key("text").string(part.text).key("thought").boolean(true);
      const auto* signature = find_note(rules_.own, part.extras, "thoughtSignature");
      if (signature)
        json_.key("thoughtSignature").raw(signature->json);
      else if (!part.signature.empty())
        json_.key("thoughtSignature").string(part.signature);
      break;
    }
    case Kind::Image:
    case Kind::Audio:
    case Kind::File:
      return write_media(part, at);
    case Kind::ToolUse:
      return write_call(part, at);
    case Kind::ToolResult:
      return write_response(part, at);
    case Kind::RedactedThinking:
    case Kind::Other:
      if (!rules_.own) return cannot_say(at, "it belongs to another protocol");
      json_.object();
      break;
  }
  end(part.extras);
  return {};
}

Result<void> PartWriter::write_media(const Part& part, const std::string& at) {
  const Media media = rules_.own ? part.media : plain(part.media);
  // The ids of the API's own files are addresses.
  const bool is_own_file = media.file_id.starts_with("files/") || media.file_id.starts_with("http");
  const std::string& url = media.url.empty() && is_own_file ? media.file_id : media.url;
  if (media.data.empty() && url.empty() && !rules_.own) {
    return cannot_say(at, "a file is sent by value or by its address");
  }
  const bool inside = url.empty();
  const std::string_view prefix = inside ? "inlineData." : "fileData.";
  std::string_view type = media.type;
  if (type.empty() && !rules_.own) type = inside ? usual_type(part.kind) : guessed_type(url);
  json_.object().key(prefix.substr(0, prefix.size() - 1)).object();
  if (!type.empty()) json_.key("mimeType").string(type);
  json_.key(inside ? "data" : "fileUri").string(inside ? media.data : url);
  if (rules_.own && !media.name.empty()) json_.key("displayName").string(media.name);
  if (rules_.own) write_extras(json_, part.extras, prefix);
  json_.end_object();
  if (!media.detail.empty() && media.detail != "auto") dropped_.add("detail");
  end(part.extras);
  return {};
}

Result<void> PartWriter::write_call(const Part& part, const std::string& at) {
  const auto args = object_of(part.arguments);
  if (!args) return wrong_field(at, "a call whose arguments are a JSON object");
  know(part);
  json_.object().key("functionCall").object();
  if (!is_made_up(part.id)) json_.key("id").string(part.id);
  json_.key("name").string(part.name);
  if (!find_note(rules_.own, part.extras, "args")) json_.key("args").raw(*args);
  if (rules_.own) write_extras(json_, part.extras, "functionCall.");
  json_.end_object();
  if (!rules_.own && rules_.needs_signature) {
    json_.key("thoughtSignature").string(kForeignSignature);
  }
  end(part.extras);
  return {};
}

// What a tool said: an object as it is, a text in the words that the API advises.
Result<void> PartWriter::write_said(const Part& part, const std::string& at) {
  std::string said;
  std::vector<const Part*> media;
  for (const Part& piece : part.content) {
    if (piece.kind == Kind::Text || piece.kind == Kind::Refusal) {
      said += (said.empty() ? "" : "\n\n") + piece.text;
      if (!rules_.own) dropped_.add(piece.extras);
    } else {
      media.push_back(&piece);
    }
  }
  if (const auto* response = find_note(rules_.own, part.extras, "response")) {
    json_.key("response").raw(response->json);
  } else if (!rules_.own || !said.empty()) {
    const auto object = said.empty() ? std::nullopt : object_of(said);
    json_.key("response");
    if (object && !part.failed)
      json_.raw(*object);
    else
      json_.object().key(part.failed ? "error" : "output").string(said).end_object();
  }
  if (media.empty()) return {};
  json_.key("parts").array();
  for (const Part* piece : media) TRY_VOID(write(*piece, at + ".content"));
  json_.end_array();
  return {};
}

Result<void> PartWriter::write_response(const Part& part, const std::string& at) {
  const auto known = names_.find(part.id);
  const std::string& name = !part.name.empty() || known == names_.end() ? part.name : known->second;
  if (name.empty()) return wrong_field(at, "the result of a call that an earlier message holds");
  json_.object().key("functionResponse").object();
  if (!is_made_up(part.id) && !find_note(rules_.own, part.extras, "id")) {
    json_.key("id").string(part.id);
  }
  json_.key("name").string(name);
  TRY_VOID(write_said(part, at));
  if (rules_.own) write_extras(json_, part.extras, "functionResponse.");
  json_.end_object();
  end(part.extras);
  return {};
}

}  // namespace tandem::gateway::gemini
