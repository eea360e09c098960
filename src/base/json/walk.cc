#include "base/json/walk.h"

#include <simdjson.h>

#include <array>

#include "base/limits.h"

namespace tandem::json {
namespace {

namespace ondemand = simdjson::ondemand;

bool digits(std::string_view text, size_t& at) {
  const size_t begun = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at > begun;
}

// The number grammar of RFC 8259 section 6; simdjson leaves what is not asked for unchecked.
bool is_number(std::string_view text) {
  size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const bool leading_zero = at < text.size() && text[at] == '0';
  const size_t begun = at;
  if (!digits(text, at) || (leading_zero && at - begun > 1)) return false;
  if (at < text.size() && text[at] == '.' && !digits(text, ++at)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits(text, at)) return false;
  }
  return at == text.size();
}

class Walk {
 public:
  Walk(std::string& document, Visitor& visitor) : document_(document), visitor_(visitor) {}

  Result<void> run() {
    thread_local ondemand::parser parser;
    document_.reserve(document_.size() + simdjson::SIMDJSON_PADDING);
    const simdjson::padded_string_view padded(document_.data(), document_.size(),
                                              document_.capacity());
    ondemand::document root;
    root_ = &root;
    if (const auto error = parser.iterate(padded).get(root)) return bad(error, 0);
    ondemand::json_type type;
    if (const auto error = root.type().get(type)) return bad(error, 0);
    if (type != ondemand::json_type::object && type != ondemand::json_type::array) {
      return fail(Code::InvalidArgument, "The body must be a JSON object.");
    }
    ondemand::value value;
    if (const auto error = root.get_value().get(value)) return bad(error, 0);
    TRY_VOID(visit(value));
    if (root.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return fail(Code::InvalidArgument, "The JSON document is followed by something else.");
    }
    return {};
  }

 private:
  Result<void> visit(ondemand::value& value) {
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return bad(error, here());
    if (!visitor_.wants(path())) return {};  // simdjson steps over what was not consumed
    const std::string_view raw = value.raw_json_token();
    const auto begin = static_cast<size_t>(raw.data() - document_.data());
    switch (type) {
      case ondemand::json_type::object:
        return visit_object(value, begin);
      case ondemand::json_type::array:
        return visit_array(value, begin);
      case ondemand::json_type::string:
        return visit_string(value, begin, raw);
      case ondemand::json_type::number:
        return visit_number(begin, raw, value);
      case ondemand::json_type::boolean:
        return visit_boolean(value, begin);
      case ondemand::json_type::null:
        return visit_null(value, begin);
    }
    return {};
  }

  Result<void> visit_object(ondemand::value& value, size_t begin) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return bad(error, begin);
    if (depth_ == limits::kMaxJsonDepth) return too_deep();
    TRY_VOID(visitor_.open(path(), true, begin));
    size_t index = 0;
    for (auto field : object) {
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return bad(error, here());
      ondemand::value child;
      if (const auto error = field.value().get(child)) return bad(error, here());
      steps_[depth_++] = {key, index++, true};
      TRY_VOID(visit(child));
      --depth_;
    }
    visitor_.close(path(), last_bracket('}'));
    return {};
  }

  Result<void> visit_array(ondemand::value& value, size_t begin) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return bad(error, begin);
    if (depth_ == limits::kMaxJsonDepth) return too_deep();
    TRY_VOID(visitor_.open(path(), false, begin));
    size_t index = 0;
    for (auto element : array) {
      ondemand::value child;
      if (const auto error = element.get(child)) return bad(error, here());
      steps_[depth_++] = {{}, index++, false};
      TRY_VOID(visit(child));
      --depth_;
    }
    visitor_.close(path(), last_bracket(']'));
    return {};
  }

  Result<void> visit_string(ondemand::value& value, size_t begin, std::string_view raw) {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) return bad(error, begin);
    const size_t length = raw.rfind('"') + 1;
    return visitor_.scalar(path(), Kind::String, {begin, length}, text);
  }

  Result<void> visit_number(size_t begin, std::string_view raw, ondemand::value& value) {
    const size_t end = std::min(raw.find_first_of(" \t\r\n,]}"), raw.size());
    const std::string_view text = raw.substr(0, end);
    if (!is_number(text)) return bad(simdjson::NUMBER_ERROR, begin);
    // Consume the token; numbers beyond 64 bits are fine, we only pass them on.
    double ignored = 0;
    if (value.get_double().get(ignored)) { /* checked above */
    }
    return visitor_.scalar(path(), Kind::Number, {begin, end}, text);
  }

  Result<void> visit_boolean(ondemand::value& value, size_t begin) {
    bool truth = false;
    if (const auto error = value.get_bool().get(truth)) return bad(error, begin);
    return truth ? visitor_.scalar(path(), Kind::True, {begin, 4}, "true")
                 : visitor_.scalar(path(), Kind::False, {begin, 5}, "false");
  }

  Result<void> visit_null(ondemand::value& value, size_t begin) {
    const simdjson::simdjson_result<bool> null = value.is_null();
    if (null.error() || !null.value_unsafe()) return bad(simdjson::N_ATOM_ERROR, begin);
    return visitor_.scalar(path(), Kind::Null, {begin, 4}, "null");
  }

  // The value just ended: its bracket is the last before what comes next.
  size_t last_bracket(char bracket) const { return document_.rfind(bracket, here() - 1); }
  Path path() const { return {steps_.data(), depth_}; }
  size_t here() const {
    const char* at = nullptr;
    if (root_->current_location().get(at)) return document_.size();
    return static_cast<size_t>(at - document_.data());
  }

  Failure bad(simdjson::error_code error, size_t at) const {
    std::string message =
        "The body is not valid JSON: " + std::string(simdjson::error_message(error));
    if (at > 0) message += " At byte " + std::to_string(at) + ".";
    return fail(Code::InvalidArgument, std::move(message), "Check the JSON.", to_text(path()));
  }
  Failure too_deep() const {
    return fail(Code::InvalidArgument, "The JSON is nested deeper than " +
                                           std::to_string(limits::kMaxJsonDepth) + " levels.");
  }

  std::string& document_;
  Visitor& visitor_;
  ondemand::document* root_ = nullptr;
  std::array<Step, limits::kMaxJsonDepth> steps_;
  size_t depth_ = 0;
};

}  // namespace

std::string to_text(Path path) {
  std::string text;
  for (const Step& step : path) {
    if (!step.is_key) {
      text += "[" + std::to_string(step.index) + "]";
      continue;
    }
    if (!text.empty()) text += '.';
    text += step.key.substr(0, 64);
  }
  return text;
}

Result<void> walk(std::string& document, Visitor& visitor) {
  return Walk(document, visitor).run();
}

}  // namespace tandem::json
