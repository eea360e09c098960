// Part: one piece of what somebody says in a chat, as every dialect's reader makes it and every
// dialect's writer takes it. Plain values; fields that are JSON in every dialect stay JSON text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::gateway::messages {

// Fields that only the dialect they came from knows: written back to that one, named as dropped
// where another cannot say them.
struct Extra {
  std::string name;
  std::string json;
  std::string_view dialect = {};  // its Dialect::name(), a constant: where the field came from
  // How the dialect wrote what the model says already ("stop" as a text and not as a list; `json`
  // may be empty): nothing that another one misses, so never named as dropped.
  bool is_note = false;
  friend bool operator==(const Extra&, const Extra&) = default;
};
using Extras = std::vector<Extra>;
const Extra* find_extra(const Extras& extras, std::string_view name);  // null: there is none

enum class Role : uint8_t { System, Developer, User, Assistant, Tool };
std::string_view role_name(Role role);  // "system"

// An image, a sound or a document: by value, by address, or by the id of an uploaded file.
struct Media {
  std::string type;  // "image/png"; empty: not said
  std::string data;  // base64
  std::string url;
  std::string file_id;
  std::string name;    // of a file
  std::string detail;  // how closely an image is looked at: "low", "high", "auto"
  friend bool operator==(const Media&, const Media&) = default;
};

struct Part {
  enum class Kind : uint8_t {
    Text,
    Refusal,
    Thinking,          // `text` with `signature`
    RedactedThinking,  // `text` is opaque
    Image,             // media
    Audio,             // media
    File,              // media
    ToolUse,           // id, name, arguments
    ToolResult,        // id, content, failed
    Other,             // `extras` hold it whole; only its own dialect can say it
  };
  Kind kind = Kind::Text;
  std::string text;
  std::string signature;
  Media media;
  std::string id;             // of the tool call
  std::string name;           // of the tool
  std::string arguments;      // JSON text of an object, as the model wrote it
  std::vector<Part> content;  // of a tool's result: texts and images
  bool failed = false;        // the tool says so
  Extras extras;              // cache_control, citations, …

  friend bool operator==(const Part&, const Part&) = default;
};

Part text_part(std::string text);

}  // namespace tandem::gateway::messages
