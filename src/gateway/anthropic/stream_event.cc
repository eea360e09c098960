#include "gateway/anthropic/stream_event.h"

#include <algorithm>
#include <charconv>

#include "base/json/walk.h"

namespace tandem::gateway::anthropic {
namespace {

using json::Kind;
using json::Path;
using json::Token;

int64_t to_count(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Names, and what goes back to the provider as it is: nobody reads it, and changed it is refused.
bool is_opaque(std::string_view key) {
  constexpr std::string_view kKeys[] = {"type",       "id",          "name",
                                        "file_id",    "tool_use_id", "signature",
                                        "media_type", "stop_reason", "expires_at"};
  return key.substr(0, 10) == "encrypted_" ||
         std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

Channel::Field field_of(std::string_view key) {
  if (key == "text") return Channel::Field::Content;
  if (key == "thinking") return Channel::Field::Reasoning;
  if (key == "partial_json") return Channel::Field::Arguments;
  return Channel::Field::Other;
}

class Reader final : public json::Visitor {
 public:
  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty() && !object) {
      return fail(Code::UpstreamError, "The provider sent an event that is no JSON object.");
    }
    if (is_usage(path) && object) event.has_usage = true;
    if (path.size() == 1 && path[0].key == "error") event.error.emplace();
    return {};
  }

  void close(Path path, size_t at) override {
    if (path.size() == 1 && path[0].key == "usage" && event.has_usage) event.usage_end = at;
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    const std::string_view root = path[0].key;
    const std::string_view name = path[path.size() - 1].key;
    if (path.size() == 1) {
      if (name == "type" && kind == Kind::String) event.type = text;
      if (name == "index" && kind == Kind::Number) event.index = to_count(text);
      if (name == "error" && kind != Kind::Null) event.error = text;
    } else if (root == "error") {
      if (name == "message" && event.error) event.error = text;
    } else if (kind == Kind::Number) {
      in_usage(path, text);
    } else if (kind == Kind::String) {
      in_text(path, token, text);
    }
    return {};
  }

  StreamEvent event;

 private:
  static bool is_usage(Path path) {
    return (path.size() == 1 && path[0].key == "usage") ||
           (path.size() == 2 && path[0].key == "message" && path[1].key == "usage");
  }

  void in_usage(Path path, std::string_view text) {
    const size_t depth = path[0].key == "usage" ? 1 : 2;
    if (path.size() <= depth || path.size() > depth + 2 || !is_usage(path.first(depth))) return;
    std::string name;
    for (const json::Step& step : path.subspan(depth)) {
      if (!name.empty()) name += '.';
      name += step.key;
    }
    event.counts.emplace_back(std::move(name), to_count(text));
  }

  void in_text(Path path, Token token, std::string_view text) {
    const std::string_view root = path[0].key;
    const std::string_view name = path[path.size() - 1].key;
    if (root == "message" && path.size() == 2 && name == "model") {
      event.model = text;
      event.model_tokens.push_back(token);
    } else if (root == "delta" && path.size() == 2 && name == "stop_reason") {
      event.stop_reason = text;
    } else if (root == "delta" || root == "content_block" ||
               (root == "message" && path[1].key == "content")) {
      const bool hidden = path.size() == 2 && name == "data";  // redacted_thinking
      if (is_opaque(name) || hidden) return;
      const auto field = path.size() == 2 ? field_of(name) : Channel::Field::Other;
      event.texts.push_back({{0, field, 0}, std::string(text), token});
    }
  }
};

bool is_name(std::string_view type) {
  return !type.empty() && std::all_of(type.begin(), type.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

}  // namespace

Result<StreamEvent> read_event(std::string& json) {
  Reader reader;
  if (auto walked = json::walk(json, reader); !walked) {
    return fail(Code::UpstreamError, "The provider sent an event that is not what it should be: " +
                                         walked.error().message);
  }
  StreamEvent event = std::move(reader.event);
  if (event.type == "error" && !event.error) event.error.emplace();
  if (!event.error && !is_name(event.type)) {
    return fail(Code::UpstreamError, "The provider sent an event of no type.");
  }
  for (StreamText& text : event.texts) text.channel.tool = event.index.value_or(0);
  return event;
}

}  // namespace tandem::gateway::anthropic
