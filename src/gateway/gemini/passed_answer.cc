#include "gateway/gemini/passed_answer.h"

#include <charconv>
#include <set>

#include "base/json/tree.h"
#include "base/json/walk.h"
#include "gateway/gemini/answer_reader.h"
#include "gateway/gemini/fields.h"
#include "gateway/gemini/usage.h"

namespace tandem::gateway::gemini {
namespace {

using json::Kind;
using json::Path;
using json::Token;

constexpr size_t kMostCandidates = 128;

class Reader final : public json::Visitor {
 public:
  explicit Reader(const std::string& document) : document_(document) {}

  Result<void> open(Path path, bool object, size_t at) override {
    if (path.empty()) {
      is_object_ = object;
      return {};
    }
    const std::string_view root = path[0].key;
    if (path.size() == 1 && is_named(root, "usageMetadata") && object) usage_begin_ = at;
    if (path.size() == 1 && is_named(root, "promptFeedback")) answer.has_feedback = true;
    if (path.size() == 1 && root == "error") has_error_ = true;
    if (root != "candidates" || path.size() < 2) return {};
    if (path[1].is_key || path[1].index >= kMostCandidates) {
      return fail(Code::UpstreamError, "\"candidates\" is no list of at most 128.");
    }
    if (path.size() == 2) index_.push_back(static_cast<int64_t>(path[1].index));
    if (is_args(path) && path.size() == 7) args_begin_ = at;
    return {};
  }

  void close(Path path, size_t at) override {
    if (path.size() == 1 && is_named(path[0].key, "usageMetadata") && usage_begin_) {
      answer.usage_end = at;
    }
    if (path.size() == 7 && is_args(path) && path[1].index < index_.size()) {
      answer.calls.push_back({static_cast<int64_t>(path[1].index),
                              document_.substr(args_begin_, at + 1 - args_begin_)});
    }
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (path.empty()) return {};
    const std::string_view root = path[0].key;
    if (root == "candidates" && path.size() >= 3 && !path[1].is_key &&
        path[1].index < index_.size()) {
      in_candidate(path, kind, token, text);
    } else if (is_named(root, "modelVersion") && path.size() == 1 && kind == Kind::String) {
      answer.model = text;
      answer.model_tokens.push_back(token);
    } else if (is_named(root, "promptFeedback") && path.size() == 2 &&
               is_named(path[1].key, "blockReason") && kind == Kind::String) {
      block_reason_ = text;
    } else if (root == "error" && kind != Kind::Null) {
      has_error_ = true;
    }
    return {};
  }

  Result<void> finish() {
    // Errors are rare: a tree of them.
    if (has_error_ || !is_object_) {
      TRY(const json::Document error, json::parse(document_));
      TRY_VOID(check_no_error(error.root()));
      if (!is_object_) return malformed("It is not a JSON object.");
    }
    if (index_.empty() && !block_reason_.empty()) {
      answer.ends.push_back({0, block_reason_});
      answer.candidates.push_back(0);
    }
    answer.candidates.insert(answer.candidates.end(), index_.begin(), index_.end());
    // A part says that it is a thought before its text or after it.
    for (PassedText& piece : answer.texts) {
      const auto part = std::pair(piece.channel.choice, piece.channel.tool);
      const bool thought = thoughts_.contains(part);
      if (piece.channel.field == Channel::Field::Content && thought) {
        piece.channel.field = Channel::Field::Reasoning;
      }
      if (piece.channel.field != Channel::Field::Other) piece.channel.tool = 0;
      piece.channel.choice = index_[static_cast<size_t>(piece.channel.choice)];
    }
    if (block_reason_.empty() || !index_.empty()) {
      for (PassedEnd& end : answer.ends) end.candidate = index_[static_cast<size_t>(end.candidate)];
    }
    for (PassedCall& call : answer.calls) {
      call.candidate = index_[static_cast<size_t>(call.candidate)];
    }
    if (answer.usage_end) {
      TRY(const json::Document usage,
          json::parse(document_.substr(*usage_begin_, *answer.usage_end + 1 - *usage_begin_)));
      answer.usage = read_usage(usage.root());
    }
    return {};
  }

  PassedAnswer answer;

 private:
  // candidates[i].content.parts[j].functionCall.args…
  static bool is_args(Path path) {
    return path.size() >= 7 && is_named(path[5].key, "functionCall") && path[6].key == "args";
  }

  void in_candidate(Path path, Kind kind, Token token, std::string_view text) {
    const std::string_view name = path[2].key;
    const auto candidate = static_cast<int64_t>(path[1].index);
    if (path.size() == 3 && name == "index" && kind == Kind::Number) {
      int64_t index = 0;
      std::from_chars(text.data(), text.data() + text.size(), index);
      index_[path[1].index] = index;
    } else if (path.size() == 3 && is_named(name, "finishReason") && kind == Kind::String) {
      if (text != "FINISH_REASON_UNSPECIFIED") {
        answer.ends.push_back({candidate, std::string(text)});
      }
    } else if (name == "content" && path.size() >= 6 && path[3].key == "parts") {
      in_part(path, candidate, kind, token, text);
    } else if (kind == Kind::String) {
      // Of citations and the like.
      answer.texts.push_back({{candidate, Channel::Field::Other, 0}, std::string(text), token});
    }
  }

  void in_part(Path path, int64_t candidate, Kind kind, Token token, std::string_view text) {
    const std::string_view name = path[5].key;
    const auto part = static_cast<int64_t>(path[4].index);
    if (path.size() == 6 && name == "thought" && kind == Kind::True) {
      thoughts_.insert({candidate, part});
    }
    const bool bytes = is_named(name, "inlineData") || is_named(name, "thoughtSignature");
    if (kind != Kind::String || bytes) return;
    const bool said = path.size() == 6 && name == "text";
    answer.texts.push_back(
        {{candidate, said ? Channel::Field::Content : Channel::Field::Other, part},
         std::string(text),
         token});
  }

  const std::string& document_;
  std::vector<int64_t> index_;  // by place
  std::set<std::pair<int64_t, int64_t>> thoughts_;
  std::optional<size_t> usage_begin_;
  size_t args_begin_ = 0;
  std::string block_reason_;
  bool is_object_ = false;
  bool has_error_ = false;
};

}  // namespace

Result<PassedAnswer> read_passed_answer(std::string& json) {
  Reader reader(json);
  if (auto walked = json::walk(json, reader); !walked) return malformed(walked.error().message);
  TRY_VOID(reader.finish());
  return std::move(reader.answer);
}

}  // namespace tandem::gateway::gemini
