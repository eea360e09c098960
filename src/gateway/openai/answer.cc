#include "gateway/openai/answer.h"

#include <charconv>

#include "base/json/walk.h"

namespace tandem::gateway::openai {
namespace {

using json::Kind;
using json::Path;
using json::Token;

// Of one answer, and of one message; providers allow 128.
constexpr size_t kMostChoices = 1024;
constexpr size_t kMostTools = 1024;

int64_t to_count(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Reader final : public json::Visitor {
 public:
  bool wants(Path path) override {
    // Vectors are passed on unread; log probabilities repeat what content says.
    if (path.size() == 3 && path[0].key == "data") return path[2].key != "embedding";
    return path.size() != 3 || path[2].key != "logprobs";
  }

  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty()) {
      if (!object) return fail(Code::UpstreamError, "The answer is not a JSON object.");
    } else if (path[0].key == "choices") {
      answer.has_choices = true;
      if (path.size() == 2) {
        if (path[1].index >= kMostChoices) {
          return fail(Code::UpstreamError, "The answer holds more than 1024 choices.");
        }
        answer.choices = path[1].index + 1;
        while (choice_index_.size() < answer.choices) {
          choice_index_.push_back(static_cast<int64_t>(choice_index_.size()));
        }
        tool_index_.clear();
      }
    } else if (path.size() == 1 && path[0].key == "usage" && object) {
      answer.usage.emplace();
      answer.usage->reported = true;
    } else if (path.size() == 1 && path[0].key == "error") {
      answer.error.emplace();
    }
    return {};
  }

  void close(Path path, size_t at) override {
    if (path.size() == 1 && path[0].key == "usage" && answer.usage) answer.usage_end = at;
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    const std::string_view root = path[0].key;
    // What stands for a choice and is no object says nothing.
    if (root == "choices" && path.size() >= 3 && path[1].index < answer.choices) {
      in_choice(path, kind, token, text);
    } else if (root == "model" && path.size() == 1 && kind == Kind::String) {
      answer.model = text;
      answer.model_tokens.push_back(token);
    } else if (root == "usage" && kind == Kind::Number) {
      in_usage(path, text);
    } else if (root == "error") {
      in_error(path, kind, text);
    }
    return {};
  }

  // Pieces name their choice and tool by fields that may come after them.
  void finish() {
    for (AnswerText& text : answer.texts) {
      const auto at = static_cast<size_t>(text.channel.choice);
      if (at < choice_index_.size()) text.channel.choice = choice_index_[at];
    }
    for (ChoiceEnd& end : answer.ends) {
      const auto at = static_cast<size_t>(end.choice);
      if (at < choice_index_.size()) end.choice = choice_index_[at];
    }
  }

  Answer answer;

 private:
  void in_choice(Path path, Kind kind, Token token, std::string_view text) {
    const std::string_view field = path[2].key;
    const auto choice = static_cast<int64_t>(path[1].index);
    if (path.size() == 3 && field == "index" && kind == Kind::Number) {
      choice_index_[path[1].index] = to_count(text);
    } else if (path.size() == 3 && field == "finish_reason" && kind == Kind::String) {
      answer.ends.push_back({choice, std::string(text)});
    } else if (path.size() == 3 && field == "text" && kind == Kind::String) {
      add({choice, Channel::Field::Content, 0}, token, text);
    } else if (path.size() >= 4 && (field == "delta" || field == "message")) {
      in_message(path, choice, kind, token, text);
    }
  }

  void in_message(Path path, int64_t choice, Kind kind, Token token, std::string_view text) {
    const std::string_view name = path[3].key;
    if (name == "tool_calls" && path.size() == 6 && path[5].key == "index" &&
        path[4].index < kMostTools) {
      tool_index_.resize(path[4].index + 1, 0);
      tool_index_[path[4].index] = to_count(text);
      return;
    }
    if (kind != Kind::String) return;
    Channel channel{choice, Channel::Field::Other, 0};
    if (path.size() == 4 && name == "content")
      channel.field = Channel::Field::Content;
    else if (path.size() == 4 && (name == "reasoning_content" || name == "reasoning")) {
      channel.field = Channel::Field::Reasoning;
    } else if (path.size() == 4 && name == "refusal") {
      channel.field = Channel::Field::Refusal;
    } else if (name == "tool_calls" && path.size() == 7 && path[6].key == "arguments") {
      channel.field = Channel::Field::Arguments;
      channel.tool = path[4].index < tool_index_.size() ? tool_index_[path[4].index]
                                                        : static_cast<int64_t>(path[4].index);
    } else if (name == "function_call" && path[path.size() - 1].key == "arguments") {
      channel.field = Channel::Field::Arguments;
    }
    add(channel, token, text);
  }

  void add(Channel channel, Token token, std::string_view text) {
    answer.texts.push_back({channel, std::string(text), token});
  }

  void in_usage(Path path, std::string_view text) {
    cost::Usage& usage = *answer.usage;
    const std::string_view name = path[path.size() - 1].key;
    if (path.size() == 2) {
      if (name == "prompt_tokens" || name == "input_tokens") usage.input_tokens = to_count(text);
      if (name == "completion_tokens" || name == "output_tokens") {
        usage.output_tokens = to_count(text);
      }
      return;
    }
    if (path.size() != 3) return;
    const bool input = path[1].key == "prompt_tokens_details";
    if (input && name == "cached_tokens") usage.cached_input_tokens = to_count(text);
    if (input && name == "audio_tokens") usage.audio_input_tokens = to_count(text);
    if (!input && name == "reasoning_tokens") usage.reasoning_tokens = to_count(text);
    if (!input && name == "audio_tokens") usage.audio_output_tokens = to_count(text);
  }

  void in_error(Path path, Kind kind, std::string_view text) {
    if (path.size() == 1) {
      if (kind == Kind::Null) return;
      answer.error.emplace();
      answer.error->message = text;
      return;
    }
    if (!answer.error || kind == Kind::Null) return;
    const std::string_view name = path[1].key;
    if (name == "message")
      answer.error->message = text;
    else if (name == "type")
      answer.error->type = text;
    else if (name == "code")
      answer.error->code = text;
    else if (name == "param")
      answer.error->param = text;
  }

  std::vector<int64_t> choice_index_;
  std::vector<int64_t> tool_index_;
};

}  // namespace

Result<Answer> read_answer(std::string& json) {
  Reader reader;
  if (auto walked = json::walk(json, reader); !walked) {
    return fail(Code::UpstreamError,
                "The provider's answer is not what it should be: " + walked.error().message);
  }
  reader.finish();
  return std::move(reader.answer);
}

ProviderError read_error(std::string body) {
  auto answer = read_answer(body);
  if (answer && answer->error) return *std::move(answer->error);
  ProviderError error;
  error.message = body.substr(0, 300);
  return error;
}

}  // namespace tandem::gateway::openai
