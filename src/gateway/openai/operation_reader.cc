#include "gateway/openai/operation_reader.h"

#include <charconv>

#include "base/json/walk.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::openai {
namespace {

using json::Kind;
using json::Path;
using json::Token;

constexpr size_t kShortestGuarded = 8;
constexpr size_t kMostDocuments = 10'000;

// Bytes of an image or a sound, as a data URL (RFC 2397): nobody reads them as a text.
bool is_data(std::string_view text) {
  return text.starts_with("data:") &&
         text.substr(0, 128).find(";base64,") != std::string_view::npos;
}

class Reader final : public json::Visitor {
 public:
  explicit Reader(Call& call) : call_(call) {}

  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty()) {
      return object ? Result<void>()
                    : fail(Code::InvalidArgument, "The body must be a JSON object.");
    }
    const std::string_view root = path[0].key;
    if (path.size() == 1 && root == "model") return wrong_field("model", "the name of an endpoint");
    if (path.size() == 1 && root == "query") return wrong_field("query", "a text");
    if (path.size() == 1 && root == main_field()) has_main_ = true;
    if (path.size() == 1 && root == "documents" && object) {
      return wrong_field("documents", "a list of texts or objects");
    }
    if (path.size() == 2 && root == "documents") TRY_VOID(begin_document(path[1].index));
    return {};
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (path.empty()) return fail(Code::InvalidArgument, "The body must be a JSON object.");
    const std::string_view root = path[0].key;
    if (path.size() == 1) TRY_VOID(root_field(root, kind, token, text));
    if (path.size() == 2 && root == "documents") {
      if (kind != Kind::String) return wrong_field(json::to_text(path), "a text or an object");
      TRY_VOID(begin_document(path[1].index));
    }
    if (kind != Kind::String || root == "model") return {};
    const std::optional<size_t> input = input_of(path, text);
    if (!input && (text.size() < kShortestGuarded || is_data(text))) return {};
    TextSegment segment;
    segment.text = text;
    segment.token = token;
    segment.input = input;
    if (input || is_said(path)) segment.role = "user";
    call_.texts.push_back(std::move(segment));
    return {};
  }

  Result<void> finish() {
    if (call_.kind != CallKind::Rerank) {
      if (!has_main_) return wrong_field(std::string(main_field()), "given");
      return {};
    }
    if (!has_query_) return wrong_field("query", "a text that is not empty");
    if (call_.inputs.size() < 2) return wrong_field("documents", "a list of at least one text");
    if (call_.top_n && *call_.top_n < 1) return wrong_field("top_n", "a whole number from 1 on");
    return {};
  }

 private:
  // What the call is about.
  std::string_view main_field() const {
    switch (call_.kind) {
      case CallKind::Rerank:
        return "documents";
      case CallKind::Image:
        return "prompt";
      default:
        return "input";
    }
  }

  bool is_said(Path path) const {
    if (path[0].key != main_field() && path[0].key != "instructions") return false;
    const std::string_view name = path[path.size() - 1].key;
    return name != "type";
  }

  // The query is input 0 of a rerank, document i is input i + 1.
  Result<void> begin_document(size_t index) {
    if (index >= kMostDocuments) return wrong_field("documents", "a list of at most 10000");
    if (call_.inputs.size() < index + 2) call_.inputs.resize(index + 2);
    return {};
  }

  std::optional<size_t> input_of(Path path, std::string_view text) {
    if (call_.kind == CallKind::Speech || call_.kind == CallKind::Image) {
      return path.size() == 1 && path[0].key == main_field() ? keep(0, text) : std::nullopt;
    }
    if (call_.kind != CallKind::Rerank) return std::nullopt;
    if (path.size() == 1 && path[0].key == "query") return keep(0, text);
    if (path[0].key != "documents" || path.size() < 2) return std::nullopt;
    const bool is_text = path.size() == 2 || (path.size() == 3 && path[2].key == "text");
    return is_text ? keep(path[1].index + 1, text) : std::nullopt;
  }
  std::optional<size_t> keep(size_t input, std::string_view text) {
    if (call_.inputs.size() <= input) call_.inputs.resize(input + 1);
    call_.inputs[input] = text;
    return input;
  }

  Result<void> root_field(std::string_view key, Kind kind, Token token, std::string_view text) {
    if (key == main_field() && key != "documents") {
      if (kind != Kind::String) return wrong_field(std::string(key), "a text");
      has_main_ = !text.empty();
      return {};
    }
    if (key == "documents") return wrong_field("documents", "a list of texts or objects");
    if (key == "model") {
      if (kind != Kind::String) return wrong_field("model", "the name of an endpoint, as text");
      call_.endpoint = text;
      call_.model_tokens.push_back(token);
    } else if (key == "query") {
      if (kind != Kind::String) return wrong_field("query", "a text");
      has_query_ = !text.empty();
    } else if (key == "top_n" && kind != Kind::Null) {
      TRY(call_.top_n, whole_number(kind, text, "top_n"));
    } else if (key == "n" && call_.kind == CallKind::Image && kind != Kind::Null) {
      TRY(call_.choices, whole_number(kind, text, "n"));
      if (call_.choices < 1 || call_.choices > 128) return wrong_field("n", "from 1 to 128");
    } else if (key == "return_documents") {
      call_.return_documents = kind == Kind::True;
    } else if (key == "user" && kind == Kind::String) {
      call_.session_id = text;
    } else if ((key == "stream" && kind == Kind::True) ||
               (key == "stream_format" && text == "sse")) {
      return fail(Code::InvalidArgument,
                  "The field \"" + std::string(key) +
                      "\" asks for a stream of events, which this "
                      "operation does not have here.",
                  "Leave it out: the answer comes whole.", std::string(key));
    }
    return {};
  }

  static Result<int64_t> whole_number(Kind kind, std::string_view text, const std::string& field) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (kind != Kind::Number || error != std::errc{} || end != text.data() + text.size() ||
        value < 0 || value > 1'000'000) {
      return wrong_field(field, "a whole number from 0 to 1000000");
    }
    return value;
  }

  Call& call_;
  bool has_main_ = false;
  bool has_query_ = false;
};

}  // namespace

Result<void> read_json(Call& call) {
  if (call.kind == CallKind::Rerank) call.inputs.resize(1);
  Reader reader(call);
  TRY_VOID(json::walk(call.body, reader));
  TRY_VOID(reader.finish());
  call.root_end = call.body.rfind('}');
  return {};
}

}  // namespace tandem::gateway::openai
