#include "gateway/openai/request.h"

#include <charconv>

#include "base/json/walk.h"
#include "base/json/writer.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::openai {
namespace {

using json::Kind;
using json::Path;
using json::Token;

// No secret is shorter; saves a look at every "type": "image_url".
constexpr size_t kShortestGuarded = 8;
constexpr size_t kMostMessages = 16'384;

// What somebody says: a prompt, an input, the content of a message or a text part of it. Counted,
// traced and guarded whatever it is; of other fields only what may hold a secret is looked at.
bool is_said(Path path) {
  if (path[0].key == "prompt" || path[0].key == "input") return true;
  if (path[0].key != "messages" || path.size() < 3 || path[2].key != "content") return false;
  return path.size() == 3 || (path.size() == 5 && path[4].key == "text");
}

// Bytes of an image, a sound or a file, as a data URL (RFC 2397).
bool is_data(Path path, std::string_view text) {
  const std::string_view name = path[path.size() - 1].key;
  const bool holder = name == "url" || name == "data" || name == "file_data";
  constexpr size_t kLongestMediaType = 128;
  return holder && text.substr(0, 5) == "data:" &&
         text.substr(0, kLongestMediaType).find(";base64,") != std::string_view::npos;
}

Result<int64_t> whole_number(Kind kind, std::string_view text, const std::string& field) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (kind != Kind::Number || error != std::errc{} || end != text.data() + text.size() ||
      value < 0 || value > 1'000'000'000) {
    return wrong_field(field, "a whole number from 0 to 1000000000");
  }
  return value;
}

class Reader final : public json::Visitor {
 public:
  explicit Reader(Call& call) : call_(call) {}

  Result<void> open(Path path, bool object, size_t at) override {
    if (path.empty()) {
      if (!object) return fail(Code::InvalidArgument, "The body must be a JSON object.");
      return {};
    }
    const std::string_view root = path[0].key;
    if (path.size() == 1) {
      if (root == "messages" && !object)
        has_messages_ = true;
      else if (root == "messages")
        return wrong_field("messages", "a list of messages");
      else if (root == "prompt" || root == "input")
        has_input_ = !object;
      else if (root == "stream_options" && object)
        call_.stream_options_at = at;
      else if (root == "model")
        return wrong_field("model", "the name of an endpoint, as text");
    }
    if (path.size() == 2 && root == "messages") {
      if (!object) return wrong_field(json::to_text(path), "an object with role and content");
      if (path[1].index >= kMostMessages)
        return wrong_field("messages", "a list of at most 16384 messages");
      ++messages_;
    }
    if (path.size() == 2 && root == "input") has_token_input_ = true;
    return {};
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (path.size() == 2 && path[0].key == "messages") {
      return wrong_field(json::to_text(path), "an object with role and content");
    }
    if (path.size() == 1)
      TRY_VOID(root_field(path[0].key, kind, token, text));
    else if (path[0].key == "stream_options" && path[1].key == "include_usage") {
      if (kind != Kind::True && kind != Kind::False && kind != Kind::Null) {
        return wrong_field("stream_options.include_usage", "true or false");
      }
      call_.wants_usage = kind == Kind::True;
      call_.include_usage = token;
    } else if (path.size() == 3 && path[0].key == "messages" && path[2].key == "role") {
      roles_.resize(path[1].index + 1);
      roles_[path[1].index] = text;
    }
    if (path[0].key == "input") {
      if (kind == Kind::String)
        call_.inputs.emplace_back(text);
      else if (path.size() <= 2 && kind == Kind::Number)
        has_token_input_ = true;
      else if (kind != Kind::Number)
        return wrong_field("input", "a text or a list of texts");
    }
    if (kind != Kind::String || path[0].key == "model") return {};
    if (is_said(path) || (text.size() >= kShortestGuarded && !is_data(path, text))) {
      TextSegment segment;
      segment.text = text;
      segment.token = token;
      if (path[0].key == "input") segment.input = call_.inputs.size() - 1;
      // "assistant" and "image_url" are looked at, but nobody says them.
      const std::string_view name = path[path.size() - 1].key;
      const bool label = name == "role" || name == "type";
      if (path.size() > 1 && path[0].key == "messages" && !label)
        message_of_.push_back(path[1].index);
      else
        message_of_.push_back(SIZE_MAX);
      call_.texts.push_back(std::move(segment));
    }
    return {};
  }

  Result<void> finish() {
    if (call_.endpoint.empty()) {
      return missing_model();
    }
    if (call_.kind == CallKind::Chat && (!has_messages_ || messages_ == 0)) {
      return wrong_field("messages", "a list with at least one message");
    }
    if (call_.kind == CallKind::Completion && !has_input_) {
      return wrong_field("prompt", "a text or a list of texts");
    }
    if (call_.kind == CallKind::Embedding && !has_input_) {
      return wrong_field("input", "a text or a list of texts");
    }
    for (size_t i = 0; i < call_.texts.size(); ++i) {
      const size_t message = message_of_[i];
      if (message < roles_.size())
        call_.texts[i].role = roles_[message];
      else if (message == SIZE_MAX && call_.kind != CallKind::Chat)
        call_.texts[i].role = "user";
    }
    if (has_token_input_ && !call_.inputs.empty())
      return wrong_field("input", "texts only or tokens only");
    return {};
  }

 private:
  Result<void> root_field(std::string_view key, Kind kind, Token token, std::string_view text) {
    if (key == "model") {
      if (kind != Kind::String) return wrong_field("model", "the name of an endpoint, as text");
      call_.endpoint = text;
      call_.model_tokens.push_back(token);
    } else if (key == "stream") {
      if (kind != Kind::True && kind != Kind::False && kind != Kind::Null) {
        return wrong_field("stream", "true or false");
      }
      call_.stream = kind == Kind::True && call_.kind != CallKind::Embedding;
    } else if (key == "max_tokens" || key == "max_completion_tokens") {
      if (kind == Kind::Null) return {};
      TRY(const int64_t limit, whole_number(kind, text, std::string(key)));
      // Where both are given, the newer name counts.
      if (key == "max_completion_tokens" || !newer_limit_) call_.max_output_tokens = limit;
      newer_limit_ = newer_limit_ || key == "max_completion_tokens";
    } else if (key == "n") {
      if (kind == Kind::Null) return {};
      TRY(call_.choices, whole_number(kind, text, "n"));
      if (call_.choices < 1 || call_.choices > 128) return wrong_field("n", "from 1 to 128");
    } else if (key == "messages") {
      return wrong_field("messages", "a list of messages");
    } else if (key == "prompt" || key == "input") {
      has_input_ = kind == Kind::String;
    } else if (key == "encoding_format") {
      if (text != "float" && text != "base64")
        return wrong_field("encoding_format", "float or base64");
      call_.base64_vectors = text == "base64";
    } else if (key == "dimensions" && kind != Kind::Null) {
      TRY(call_.dimensions, whole_number(kind, text, "dimensions"));
    } else if (key == "user" && kind == Kind::String) {
      call_.session_id = text;
    }
    return {};
  }

  Call& call_;
  std::vector<std::string> roles_;  // by message
  std::vector<size_t> message_of_;  // by text
  size_t messages_ = 0;
  bool has_messages_ = false;
  bool has_input_ = false;
  bool has_token_input_ = false;
  bool newer_limit_ = false;
};

}  // namespace

Result<Call> read_request(CallKind kind, std::string body) {
  Call call;
  call.kind = kind;
  call.bytes_in = body.size();
  call.body = std::move(body);
  Reader reader(call);
  TRY_VOID(json::walk(call.body, reader));
  TRY_VOID(reader.finish());
  call.root_end = call.body.rfind('}');
  return call;
}

std::string write_request(const Call& call, std::string_view model, bool ask_stream_usage) {
  json::Edits edits = call.redactions;
  std::string name;
  json::append_string(name, model);
  for (const Token& token : call.model_tokens) edits.replace(token, name);
  if (call.stream && ask_stream_usage && !call.wants_usage) {
    if (call.include_usage) {
      edits.replace(*call.include_usage, "true");
    } else if (call.stream_options_at) {
      const size_t inside = *call.stream_options_at + 1;
      const size_t next = call.body.find_first_not_of(" \t\r\n", inside);
      const bool empty = next != std::string::npos && call.body[next] == '}';
      edits.insert(inside, empty ? "\"include_usage\":true" : "\"include_usage\":true,");
    } else {
      edits.insert(call.root_end, ",\"stream_options\":{\"include_usage\":true}");
    }
  }
  return edits.apply(call.body);
}

}  // namespace tandem::gateway::openai
