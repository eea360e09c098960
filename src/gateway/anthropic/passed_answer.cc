#include "gateway/anthropic/passed_answer.h"

#include <charconv>

#include "base/json/walk.h"
#include "gateway/anthropic/usage.h"

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

class Reader final : public json::Visitor {
 public:
  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty()) {
      if (!object) return fail(Code::UpstreamError, "The answer is not a JSON object.");
      return {};
    }
    if (path.size() == 1 && path[0].key == "content") has_content_ = !object;
    if (path.size() == 1 && path[0].key == "usage" && object) has_usage_ = true;
    return {};
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    const std::string_view root = path[0].key;
    if (root == "content" && path.size() >= 3 && kind == Kind::String) {
      in_block(path, token, text);
    } else if (root == "model" && path.size() == 1 && kind == Kind::String) {
      answer.model = text;
      answer.model_tokens.push_back(token);
    } else if (root == "stop_reason" && path.size() == 1 && kind == Kind::String) {
      answer.stop_reason = text;
    } else if (root == "usage" && kind == Kind::Number) {
      counts_.set(json::to_text(path.subspan(1)), to_count(text));
    } else if (root == "type" && path.size() == 1) {
      is_error_ = text == "error";
    } else if (root == "error" && path.size() == 2 && path[1].key == "message") {
      error_ = text;
    }
    return {};
  }

  Result<void> finish() {
    if (has_usage_) answer.usage = counts_.usage();
    if (is_error_) {
      return fail(Code::UpstreamError, "The provider answered 200 with an error: " + error_);
    }
    if (!has_content_) {
      return fail(Code::UpstreamError, "The provider's answer holds no content.");
    }
    return {};
  }

  PassedAnswer answer;

 private:
  void in_block(Path path, Token token, std::string_view text) {
    const std::string_view name = path[2].key;
    const auto block = static_cast<int64_t>(path[1].index);
    // The names of things, and what must come back unchanged.
    if (path.size() == 3 && (name == "type" || name == "id" || name == "name" ||
                             name == "signature" || name == "tool_use_id" || name == "data")) {
      return;
    }
    Channel channel{0, Channel::Field::Other, block};
    if (path.size() == 3 && name == "text") channel.field = Channel::Field::Content;
    if (path.size() == 3 && name == "thinking") channel.field = Channel::Field::Reasoning;
    if (name == "input") channel.field = Channel::Field::Arguments;
    answer.texts.push_back({channel, std::string(text), token});
  }

  Counts counts_;
  bool has_usage_ = false;
  bool has_content_ = false;
  bool is_error_ = false;
  std::string error_;
};

}  // namespace

Result<PassedAnswer> read_passed_answer(std::string& json) {
  Reader reader;
  if (auto walked = json::walk(json, reader); !walked) {
    return fail(Code::UpstreamError,
                "The provider's answer is not what it should be: " + walked.error().message);
  }
  TRY_VOID(reader.finish());
  return std::move(reader.answer);
}

}  // namespace tandem::gateway::anthropic
