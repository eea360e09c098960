#include "gateway/responses/request.h"

#include <charconv>

#include "base/json/walk.h"
#include "gateway/request_errors.h"
#include "gateway/responses/fields.h"

namespace tandem::gateway::responses {
namespace {

using json::Kind;
using json::Path;
using json::Token;

// No secret is shorter; saves a look at every "type": "input_text".
constexpr size_t kShortestGuarded = 8;
constexpr size_t kMostItems = 16'384;
constexpr int64_t kLargestCount = 1'000'000'000;
constexpr size_t kNobody = SIZE_MAX;  // no item's text
constexpr size_t kInstructions = SIZE_MAX - 1;
constexpr size_t kWholeInput = SIZE_MAX - 2;

// What somebody says: counted, traced and guarded whatever it is.
bool is_said(Path path) {
  if (path[0].key == "instructions") return path.size() == 1;
  if (path[0].key != "input") return false;
  if (path.size() == 1) return true;
  const std::string_view last = path[path.size() - 1].key;
  if (path.size() == 3) return last == "content" || last == "output" || last == "arguments";
  return path.size() == 5 && (last == "text" || last == "refusal");
}

// Bytes of an image, a sound or a file, and what is sealed: no text.
bool is_data(Path path, std::string_view text) {
  const std::string_view name = path[path.size() - 1].key;
  if (path[0].key == "input" && path.size() == 3 && name == "encrypted_content") return true;
  const bool holder = name == "image_url" || name == "data" || name == "file_data";
  constexpr size_t kLongestMediaType = 128;
  return holder && text.substr(0, 5) == "data:" &&
         text.substr(0, kLongestMediaType).find(";base64,") != std::string_view::npos;
}

class Reader final : public json::Visitor {
 public:
  explicit Reader(Call& call) : call_(call) {}

  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty()) {
      if (!object) return fail(Code::InvalidArgument, "The body must be a JSON object.");
      return {};
    }
    const std::string_view root = path[0].key;
    if (path.size() == 1) {
      if (root == "input") has_input_ = !object;
      if (root == "model") return wrong_field("model", "the name of an endpoint, as text");
      if (root == "conversation" || root == "prompt") return not_done(root);
    }
    if (path.size() == 2 && root == "input") {
      if (!object) return wrong_field(json::to_text(path), "an object");
      if (path[1].index >= kMostItems) {
        return wrong_field("input", "a list of at most 16384 items");
      }
      ++items_;
    }
    return {};
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    if (path.size() == 1) TRY_VOID(root_field(path[0].key, kind, token, text));
    if (path.size() == 2 && path[0].key == "input") {
      return wrong_field(json::to_text(path), "an object");
    }
    if (path.size() == 3 && path[0].key == "input") note_role(path, text);
    if (kind != Kind::String || path[0].key == "model" || path[0].key == "previous_response_id") {
      return {};
    }
    if (!is_said(path) && (text.size() < kShortestGuarded || is_data(path, text))) return {};
    TextSegment segment;
    segment.text = text;
    segment.token = token;
    call_.texts.push_back(std::move(segment));
    item_of_.push_back(speaker(path));
    return {};
  }

  Result<void> finish() {
    if (call_.endpoint.empty()) {
      return missing_model();
    }
    if (!has_input_ || (items_ == 0 && !has_text_)) {
      return wrong_field("input", "a text or a list with at least one item");
    }
    for (size_t i = 0; i < call_.texts.size(); ++i) {
      const size_t item = item_of_[i];
      if (item == kInstructions)
        call_.texts[i].role = "system";
      else if (item == kWholeInput)
        call_.texts[i].role = "user";
      else if (item < roles_.size())
        call_.texts[i].role = roles_[item];
    }
    return {};
  }

 private:
  static Failure not_done(std::string_view field) {
    return fail(Code::InvalidArgument,
                "The field \"" + std::string(field) + "\" asks for what Tandem does not do.",
                "Leave it out; previous_response_id goes on with a stored response.",
                std::string(field));
  }

  // Who speaks in an item: by its role, else by its type.
  void note_role(Path path, std::string_view text) {
    const size_t item = path[1].index;
    if (roles_.size() <= item) roles_.resize(item + 1);
    const std::string_view name = path[2].key;
    if (name == "role")
      roles_[item] = text;
    else if (name == "type" && roles_[item].empty() && text != "message")
      roles_[item] = text.ends_with("_output") ? "tool" : "assistant";
  }

  static size_t speaker(Path path) {
    if (path[0].key == "instructions") return kInstructions;
    if (path[0].key != "input") return kNobody;
    if (path.size() == 1) return kWholeInput;
    // Ids, types and names are looked at, but nobody says them.
    return is_said(path) ? path[1].index : kNobody;
  }

  Result<void> root_field(std::string_view key, Kind kind, Token token, std::string_view text) {
    const bool flag = kind == Kind::True || kind == Kind::False || kind == Kind::Null;
    if (key == "model") {
      if (kind != Kind::String) return wrong_field("model", "the name of an endpoint, as text");
      call_.endpoint = text;
      call_.model_tokens.push_back(token);
    } else if (key == "input") {
      has_input_ = has_text_ = kind == Kind::String;
    } else if (key == "stream" || key == "background" || key == "store") {
      if (!flag) return wrong_field(std::string(key), "true or false");
      if (key == "stream") call_.stream = kind == Kind::True;
      if (key == "background" && kind == Kind::True) {
        return fail(Code::InvalidArgument, "Tandem answers no calls in the background.",
                    "Leave \"background\" out and read the answer, whole or as a stream.",
                    "background");
      }
    } else if (key == "max_output_tokens" && kind != Kind::Null) {
      int64_t limit = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
      if (kind != Kind::Number || error != std::errc{} || end != text.data() + text.size() ||
          limit < 1 || limit > kLargestCount) {
        return wrong_field("max_output_tokens", "a whole number from 1 to 1000000000");
      }
      call_.max_output_tokens = limit;
    } else if ((key == "conversation" || key == "prompt") && kind != Kind::Null) {
      return not_done(key);
    } else if (key == "previous_response_id" && kind != Kind::String && kind != Kind::Null) {
      return wrong_field("previous_response_id", "the id of a response, as text");
    } else if ((key == "user" || key == "safety_identifier") && kind == Kind::String) {
      call_.session_id = text;
    }
    return {};
  }

  Call& call_;
  std::vector<std::string> roles_;  // by item
  std::vector<size_t> item_of_;     // by text
  size_t items_ = 0;
  bool has_input_ = false;
  bool has_text_ = false;
};

}  // namespace

Result<Call> read_request(std::string body) {
  Call call;
  call.kind = CallKind::Chat;
  call.bytes_in = body.size();
  call.body = std::move(body);
  call.wants_usage = true;  // the last event always has it
  Reader reader(call);
  TRY_VOID(json::walk(call.body, reader));
  TRY_VOID(reader.finish());
  call.root_end = call.body.rfind('}');
  return call;
}

}  // namespace tandem::gateway::responses
