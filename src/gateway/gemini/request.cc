#include "gateway/gemini/request.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json/walk.h"
#include "base/json/writer.h"
#include "gateway/gemini/fields.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::gemini {
namespace {

using json::Kind;
using json::Path;
using json::Token;

// No secret is shorter; saves a look at every "role": "user".
constexpr size_t kShortestGuarded = 8;
constexpr size_t kMostContents = 100'000;
constexpr size_t kMostInputs = 2'048;
constexpr std::string_view kWrapped = "generateContentRequest";

bool has_step(Path path, std::string_view camel) {
  return std::any_of(path.begin(), path.end(), [camel](const json::Step& step) {
    return step.is_key && is_named(step.key, camel);
  });
}

// Values of a call's arguments or of a function's response have names of their own choice.
bool is_free(Path path) {
  return has_step(path, "args") || has_step(path, "response");
}

// Goes back to the provider as it came from it, or holds bytes.
bool is_opaque(Path path) {
  if (is_free(path)) return false;
  if (is_named(path.back().key, "thoughtSignature")) return true;
  return path.back().key == "data" && has_step(path, "inlineData");
}

// What somebody says, be it short: counted, traced and guarded. Of other fields only what may hold
// a secret is looked at.
bool is_said(Path path) {
  const bool said = path[0].key == "contents" || path[0].key == "content" ||
                    path[0].key == "requests" || is_named(path[0].key, "systemInstruction");
  if (!said) return false;
  if (is_free(path)) return true;
  return has_step(path, "parts") && path.back().key == "text";
}

// A list may be its only element: the number of the element that `path` leads into.
size_t index_in(Path path, size_t at) {
  return path.size() > at && !path[at].is_key ? path[at].index : 0;
}

Result<int64_t> whole_number(Kind kind, std::string_view text, const std::string& field,
                             int64_t least) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits = (kind == Kind::Number || kind == Kind::String) && error == std::errc{} &&
                    end == text.data() + text.size();
  if (!fits || value < least || value > 1'000'000'000) {
    return wrong_field(field, "a whole number from " + std::to_string(least) + " to 1000000000");
  }
  return value;
}

class Reader final : public json::Visitor {
 public:
  Reader(Method method, Call& call) : method_(method), call_(call) {}

  Result<void> open(Path path, bool object, size_t at) override {
    if (path.empty()) {
      if (!object) return fail(Code::InvalidArgument, "The body must be a JSON object.");
      return {};
    }
    if (path.size() == 1 && is_named(path[0].key, kWrapped)) wrapped_begin_ = at;
    if (path.size() == 1) has_content_ = has_content_ || is_content(path[0].key);
    if (path[0].key == "contents" && path.size() == 2 && path[1].index >= kMostContents) {
      return wrong_field("contents", "a list of at most 100000 contents");
    }
    if (path[0].key == "requests" && path.size() == 2) ++requests_;
    if (requests_ > kMostInputs) return wrong_field("requests", "a list of at most 2048 requests");
    return {};
  }

  void close(Path path, size_t at) override {
    if (path.size() == 1 && is_named(path[0].key, kWrapped)) wrapped_end_ = at + 1;
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    TRY_VOID(note_option(path, kind, text));
    if (kind != Kind::String) return {};
    const std::string_view key = path.back().key;
    // Of the request, or of one of a batch.
    const bool of_request = path.size() == 1 || (path.size() == 3 && path[0].key == "requests");
    if (key == "model" && of_request) {
      call_.model_tokens.push_back(token);
      return {};
    }
    if (path[0].key == "contents" && key == "role" && !has_step(path, "parts")) {
      const size_t content = index_in(path, 1);
      if (roles_.size() <= content) roles_.resize(content + 1);
      roles_[content] = text == "model" ? "assistant" : "user";
    }
    add_text(path, token, text);
    return {};
  }

  Result<void> finish() {
    if (!has_content_) {
      const bool batch = method_ == Method::BatchEmbed;
      if (method_ == Method::Embed) return wrong_field("content", "an object with parts");
      return wrong_field(batch ? "requests" : "contents", std::string("a list with at least one ") +
                                                              (batch ? "request" : "content"));
    }
    for (size_t i = 0; i < call_.texts.size(); ++i) {
      TextSegment& segment = call_.texts[i];
      const size_t content = content_of_[i];
      if (content == SIZE_MAX || !segment.role.empty()) continue;
      segment.role = content < roles_.size() && !roles_[content].empty() ? roles_[content] : "user";
    }
    if (method_ == Method::Embed || method_ == Method::BatchEmbed) finish_inputs();
    return {};
  }

  // Of the request inside of a countTokens request.
  std::optional<Token> wrapped() const {
    if (wrapped_end_ == 0) return std::nullopt;
    return Token{wrapped_begin_, wrapped_end_ - wrapped_begin_};
  }

 private:
  bool is_content(std::string_view key) const {
    if (method_ == Method::Embed) return key == "content";
    if (method_ == Method::BatchEmbed) return key == "requests";
    return key == "contents" || (method_ == Method::CountTokens && is_named(key, kWrapped));
  }

  Result<void> note_option(Path path, Kind kind, std::string_view text) {
    if (kind == Kind::Null) return {};
    const std::string_view key = path.back().key;
    if (path.size() == 2 && is_named(path[0].key, "generationConfig")) {
      if (is_named(key, "maxOutputTokens")) {
        TRY(call_.max_output_tokens,
            whole_number(kind, text, "generationConfig.maxOutputTokens", 0));
      } else if (is_named(key, "candidateCount")) {
        TRY(call_.choices, whole_number(kind, text, "generationConfig.candidateCount", 1));
        if (call_.choices > 128)
          return wrong_field("generationConfig.candidateCount", "at most 128");
      }
    } else if (is_named(key, "outputDimensionality") && method_ != Method::Generate) {
      TRY(call_.dimensions, whole_number(kind, text, "outputDimensionality", 1));
    }
    return {};
  }

  void add_text(Path path, Token token, std::string_view text) {
    const bool said = is_said(path);
    if ((!said && text.size() < kShortestGuarded) || is_opaque(path)) return;
    TextSegment segment;
    segment.text = text;
    segment.token = token;
    size_t content = SIZE_MAX;
    if (said && is_named(path[0].key, "systemInstruction")) {
      segment.role = "system";
    } else if (said) {
      content = index_in(path, 1);
      if (has_step(path, "functionResponse")) segment.role = "tool";
      if (path[0].key == "content" || path[0].key == "requests") {
        segment.input = call_.inputs.size();
        call_.inputs.emplace_back(text);
        input_of_.push_back(content);
      }
    }
    content_of_.push_back(content);
    call_.texts.push_back(std::move(segment));
  }

  // Inputs are one text each. A content of several parts goes only to who speaks this dialect: then
  // there are no inputs that somebody else could embed.
  void finish_inputs() {
    call_.is_batch = method_ == Method::BatchEmbed;
    const size_t expected = call_.is_batch ? std::max<size_t>(requests_, 1) : 1;
    bool plain = call_.inputs.size() == expected;
    for (size_t i = 0; i < input_of_.size(); ++i) plain = plain && input_of_[i] == i;
    if (plain) return;
    call_.inputs.clear();
    for (TextSegment& segment : call_.texts) segment.input.reset();
  }

  const Method method_;
  Call& call_;
  std::vector<std::string> roles_;  // by content
  std::vector<size_t> content_of_;  // by text
  std::vector<size_t> input_of_;    // by input: which request of a batch
  size_t requests_ = 0;
  size_t wrapped_begin_ = 0, wrapped_end_ = 0;
  bool has_content_ = false;
};

}  // namespace

Result<Call> read_request(Method method, std::string body) {
  Call call;
  const bool embeds = method == Method::Embed || method == Method::BatchEmbed;
  call.kind = embeds ? CallKind::Embedding : CallKind::Chat;
  call.bytes_in = body.size();
  call.body = std::move(body);
  call.wants_usage = true;  // as every client of this API
  Reader reader(method, call);
  TRY_VOID(json::walk(call.body, reader));
  if (const auto wrapped = reader.wrapped(); wrapped && method == Method::CountTokens) {
    return read_request(Method::Generate, std::string(wrapped->in(call.body)));
  }
  TRY_VOID(reader.finish());
  call.root_end = call.body.rfind('}');
  return call;
}

std::string write_request(const Call& call, std::string_view model) {
  json::Edits edits = call.redactions;
  std::string name;
  json::append_string(name, "models/" + std::string(model_name(model)));
  for (const Token& token : call.model_tokens) edits.replace(token, name);
  return edits.apply(call.body);
}

std::string_view model_name(std::string_view resource) {
  constexpr std::string_view kCollection = "models/";
  if (resource.starts_with(kCollection)) resource.remove_prefix(kCollection.size());
  return resource;
}

}  // namespace tandem::gateway::gemini
