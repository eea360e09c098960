#include "gateway/anthropic/request.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/json/walk.h"
#include "base/json/writer.h"
#include "gateway/anthropic/fields.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::anthropic {
namespace {

using json::Kind;
using json::Path;
using json::Token;

// No secret is shorter; saves a look at every "type": "tool_result".
constexpr size_t kShortestGuarded = 8;
constexpr size_t kMostMessages = 100'000;  // as the API says

// Whether `path` leads from a message to something in its blocks by lists of content and by sources
// only: so that what is called "source" or "data" in the input of a tool is none.
bool is_of_block(Path path) {
  if (path.size() < 4 || path[0].key != "messages") return false;
  return std::all_of(path.begin() + 2, path.end(), [](const json::Step& step) {
    return !step.is_key || step.key == "content" || step.key == "source";
  });
}

bool is_source(Path path) {
  return path.size() >= 5 && path.back().key == "source" && is_of_block(path);
}

// Goes back to the provider as it came from it; changed it is refused, and nobody else reads it.
bool is_opaque(Path path) {
  const std::string_view key = path.back().key;
  if (path[0].key != "messages" || path.size() < 5) return false;
  const bool in_block = path.size() == 5 && path[2].key == "content";
  if (in_block) return key == "signature" || key == "data";
  return path[4].key != "input" && key.substr(0, 10) == "encrypted_";
}

// What somebody says, be it short: counted, traced and guarded. Of other fields only what may hold
// a secret is looked at.
bool is_said(Path path) {
  const std::string_view key = path.back().key;
  if (path[0].key == "system") return path.size() == 1 || key == "text";
  if (path[0].key != "messages" || path.size() < 3 || path[2].key != "content") return false;
  if (path.size() == 3 || (path.size() > 5 && path[4].key == "input")) return true;
  constexpr std::string_view kKeys[] = {"text",    "thinking",   "content", "data",  "title",
                                        "context", "cited_text", "stdout",  "stderr"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
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

  Result<void> open(Path path, bool object, size_t) override {
    if (path.empty()) {
      if (!object) return fail(Code::InvalidArgument, "The body must be a JSON object.");
      return {};
    }
    const std::string_view root = path[0].key;
    if (path.size() == 1 && root == "model") {
      return wrong_field("model", "the name of an endpoint, as text");
    }
    if (path.size() == 1 && root == "messages" && object) {
      return wrong_field("messages", "a list of messages");
    }
    if (path.size() == 2 && root == "messages") {
      if (!object) return wrong_field(json::to_text(path), "an object with role and content");
      if (path[1].index >= kMostMessages) {
        return wrong_field("messages", "a list of at most 100000 messages");
      }
      roles_.resize(path[1].index + 1);
    }
    if (object && is_source(path)) sources_.emplace_back();
    return {};
  }

  void close(Path path, size_t) override {
    if (sources_.empty() || !is_source(path)) return;
    const Source source = std::move(sources_.back());
    sources_.pop_back();
    if (source.is_base64 && source.data) places_[*source.data].is_text = false;
  }

  Result<void> scalar(Path path, Kind kind, Token token, std::string_view text) override {
    const std::string_view root = path[0].key;
    if (path.size() == 1) TRY_VOID(root_field(root, kind, token, text));
    if (path.size() == 2 && root == "messages") {
      return wrong_field(json::to_text(path), "an object with role and content");
    }
    if (kind != Kind::String || (path.size() == 1 && root == "model")) return {};
    const std::string_view key = path.back().key;
    if (path.size() == 3 && root == "messages" && key == "role") roles_[path[1].index] = text;
    if (path.size() == 5 && root == "messages" && key == "type" && text == "tool_result") {
      results_.insert({path[1].index, path[3].index});
    }
    if (path.size() == 2 && root == "metadata" && key == "user_id") call_.session_id = text;
    if (!sources_.empty() && is_source(path.first(path.size() - 1))) {
      if (key == "type") sources_.back().is_base64 = text == "base64";
      if (key == "data") sources_.back().data = call_.texts.size();
    }
    add_text(path, token, text);
    return {};
  }

  Result<void> finish() {
    if (call_.endpoint.empty()) {
      return missing_model();
    }
    if (roles_.empty()) return wrong_field("messages", "a list with at least one message");
    std::vector<TextSegment> texts;
    texts.reserve(call_.texts.size());
    for (size_t i = 0; i < call_.texts.size(); ++i) {
      const Place& place = places_[i];
      if (!place.is_text) continue;
      TextSegment& segment = call_.texts[i];
      if (place.is_said && place.message < roles_.size()) {
        const bool result = results_.contains({place.message, place.block});
        segment.role = result ? "tool" : roles_[place.message];
      }
      texts.push_back(std::move(segment));
    }
    call_.texts = std::move(texts);
    return {};
  }

 private:
  // Of a text.
  struct Place {
    size_t message = SIZE_MAX;
    size_t block = SIZE_MAX;
    bool is_said = false;
    bool is_text = true;
  };
  // What of a block holds bytes; its fields come in any order.
  struct Source {
    bool is_base64 = false;
    std::optional<size_t> data;  // which text
  };

  void add_text(Path path, Token token, std::string_view text) {
    const bool said = is_said(path);
    // A source's data is always noted: whether it is a text is known when the source ends.
    const bool data = !sources_.empty() && path.back().key == "data";
    if ((!said && text.size() < kShortestGuarded) || (is_opaque(path) && !data)) return;
    TextSegment segment;
    segment.text = text;
    segment.token = token;
    Place place;
    place.is_said = said;
    if (path[0].key == "messages" && path.size() > 2) {
      place.message = path[1].index;
      if (path.size() > 4) place.block = path[3].index;
    } else if (said) {
      segment.role = "system";
    }
    places_.push_back(place);
    call_.texts.push_back(std::move(segment));
  }

  Result<void> root_field(std::string_view key, Kind kind, Token token, std::string_view text) {
    if (key == "model") {
      if (kind != Kind::String) return wrong_field("model", "the name of an endpoint, as text");
      call_.endpoint = text;
      call_.model_tokens.push_back(token);
    } else if (key == "stream") {
      if (kind != Kind::True && kind != Kind::False && kind != Kind::Null) {
        return wrong_field("stream", "true or false");
      }
      call_.stream = kind == Kind::True;
    } else if (key == "max_tokens" && kind != Kind::Null) {
      TRY(call_.max_output_tokens, whole_number(kind, text, "max_tokens"));
    } else if (key == "messages") {
      return wrong_field("messages", "a list of messages");
    }
    return {};
  }

  Call& call_;
  std::vector<std::string> roles_;               // by message
  std::vector<Place> places_;                    // by text
  std::set<std::pair<size_t, size_t>> results_;  // message and block
  std::vector<Source> sources_;                  // that are open
};

}  // namespace

Result<Call> read_request(std::string body) {
  Call call;
  call.kind = CallKind::Chat;
  call.bytes_in = body.size();
  call.body = std::move(body);
  call.wants_usage = true;  // as every client of this API
  Reader reader(call);
  TRY_VOID(json::walk(call.body, reader));
  TRY_VOID(reader.finish());
  call.root_end = call.body.rfind('}');
  return call;
}

std::string write_request(const Call& call, std::string_view model) {
  json::Edits edits = call.redactions;
  std::string name;
  json::append_string(name, model);
  for (const Token& token : call.model_tokens) edits.replace(token, name);
  return edits.apply(call.body);
}

}  // namespace tandem::gateway::anthropic
