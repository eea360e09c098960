#include "gateway/openai/operation_answer.h"

#include <charconv>
#include <cmath>

#include "base/json/walk.h"

namespace tandem::gateway::openai {
namespace {

using json::Kind;
using json::Path;
using json::Token;

constexpr size_t kShortestGuarded = 8;
// Longer ones without a space are images in base64.
constexpr size_t kLongestWord = 4096;

int64_t whole(Kind kind, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (kind != Kind::Number || error != std::errc() || !(value >= 0) || value > 1e12) return 0;
  return static_cast<int64_t>(std::ceil(value));
}

int64_t thousandths(Kind kind, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (kind != Kind::Number || error != std::errc() || !(value >= 0) || value > 1e9) return 0;
  return static_cast<int64_t>(std::ceil(value * 1000));
}

class Reader final : public json::Visitor {
 public:
  Reader(CallKind kind, OperationAnswer& answer) : kind_(kind), answer_(answer) {}

  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty() && !object) {
      return fail(Code::UpstreamError, "The provider's answer is no JSON object.");
    }
    if (path.size() == 1 && path[0].key == "error" && object) answer_.error.emplace();
    if (path.size() == 1 && path[0].key == holder() && !object) answer_.whole = true;
    if (kind_ == CallKind::Image && path.size() == 2 && path[0].key == "data") {
      usage().images = static_cast<int64_t>(path[1].index) + 1;
    }
    return {};
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (path.empty()) return fail(Code::UpstreamError, "The provider's answer is no JSON object.");
    const std::string_view root = path[0].key;
    if (path.size() == 1 && root == "model" && kind == Kind::String) {
      answer_.model = text;
      answer_.model_tokens.push_back(token);
      return {};
    }
    if (path.size() == 1 && root == holder() && kind_ == CallKind::Transcription) {
      answer_.whole = kind == Kind::String;
    }
    if (answer_.error && root == "error") return read_error(path, text);
    if (root == "usage") count_usage(path, kind, text);
    if (root == "meta") count_cohere(path, kind, text);
    if (path.size() == 1 && root == "duration" && kind_ == CallKind::Transcription) {
      usage().milliseconds = std::max(usage().milliseconds, thousandths(kind, text));
    }
    if (kind != Kind::String || text.size() < kShortestGuarded || is_bytes(path, text)) return {};
    answer_.texts.push_back({std::string(text), token});
    return {};
  }

  void finish() {
    if (!answer_.usage) return;
    // Jina and vLLM: one number for all.
    cost::Usage& counted = *answer_.usage;
    if (counted.input_tokens == 0 && kind_ == CallKind::Rerank) counted.input_tokens = total_;
    counted.reported = true;
  }

 private:
  std::string_view holder() const {
    switch (kind_) {
      case CallKind::Image:
        return "data";
      case CallKind::Transcription:
        return "text";
      default:
        return "results";
    }
  }

  static bool is_bytes(Path path, std::string_view text) {
    if (path[path.size() - 1].key == "b64_json") return true;
    return text.size() > kLongestWord && text.find(' ') == std::string_view::npos;
  }

  Result<void> read_error(Path path, std::string_view text) {
    if (path.size() != 2) return {};
    if (path[1].key == "message") answer_.error->message = text;
    if (path[1].key == "code") answer_.error->code = text;
    if (path[1].key == "type") answer_.error->type = text;
    return {};
  }

  cost::Usage& usage() {
    if (!answer_.usage) answer_.usage.emplace();
    return *answer_.usage;
  }

  void count_usage(Path path, Kind kind, std::string_view text) {
    if (kind != Kind::Number) return;
    const std::string_view name = path[path.size() - 1].key;
    if (path.size() == 2) {
      if (name == "input_tokens" || name == "prompt_tokens")
        usage().input_tokens = whole(kind, text);
      if (name == "output_tokens" || name == "completion_tokens") {
        usage().output_tokens = whole(kind, text);
      }
      if (name == "total_tokens") {
        (void)usage();
        total_ = whole(kind, text);
      }
      if (name == "seconds") usage().milliseconds = thousandths(kind, text);
    }
    if (path.size() != 3) return;
    const std::string_view of = path[1].key;
    const bool input = of == "input_tokens_details" || of == "input_token_details";
    const bool output = of == "output_tokens_details" || of == "output_token_details";
    if (input && name == "audio_tokens") usage().audio_input_tokens = whole(kind, text);
    if (output && name == "audio_tokens") usage().audio_output_tokens = whole(kind, text);
    if (input && name == "cached_tokens") usage().cached_input_tokens = whole(kind, text);
  }

  // meta.billed_units.search_units is what Cohere bills, meta.tokens.input_tokens what it read.
  void count_cohere(Path path, Kind kind, std::string_view text) {
    if (path.size() != 3 || kind != Kind::Number) return;
    if (path[1].key == "billed_units" && path[2].key == "search_units") {
      usage().rows = whole(kind, text);
    }
    if (path[1].key == "tokens" && path[2].key == "input_tokens") {
      usage().input_tokens = whole(kind, text);
    }
  }

  const CallKind kind_;
  OperationAnswer& answer_;
  int64_t total_ = 0;
};

}  // namespace

Result<OperationAnswer> read_operation_answer(CallKind kind, std::string& body) {
  OperationAnswer answer;
  Reader reader(kind, answer);
  if (auto read = json::walk(body, reader); !read) {
    Error error = std::move(read).error();
    if (error.code == Code::UpstreamError) return fail(std::move(error));
    return fail(Code::UpstreamError, "The provider's answer is malformed: " + error.message);
  }
  reader.finish();
  return answer;
}

}  // namespace tandem::gateway::openai
