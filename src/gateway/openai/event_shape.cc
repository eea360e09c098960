#include "gateway/openai/event_shape.h"

#include "base/text/scan.h"
#include "base/text/utf8.h"

namespace tandem::gateway::openai {
namespace {

// Whether `text` is the inside of a JSON string that stands for itself (RFC 8259 section 7).
bool is_plain(std::string_view text) {
  while (true) {
    text.remove_prefix(text::plain_json_prefix(text));
    if (text.empty()) return true;
    const size_t wide = text::utf8_sequence_length(text);
    if (wide < 2) return false;
    text.remove_prefix(wide);
  }
}

// The bytes [from, to) of `data` with the models in it replaced.
std::string renamed(std::string_view data, size_t from, size_t to,
                    const std::vector<json::Token>& models, const std::string& model_json) {
  json::Edits edits;
  for (const json::Token& model : models) {
    if (model.begin < from || model.end() > to) continue;
    edits.replace({model.begin - from, model.length}, model_json);
  }
  return edits.apply(data.substr(from, to - from));
}

}  // namespace

void EventShape::learn(std::string_view data, json::Token text,
                       const std::vector<json::Token>& models, const std::string& model_json) {
  // A line break would begin another "data:" line.
  known_ = data.find('\n') == std::string_view::npos && text.length >= 2;
  if (!known_) return;
  const size_t begin = text.begin + 1;
  const size_t end = text.end() - 1;
  before_ = data.substr(0, begin);
  after_ = data.substr(end);
  out_before_ = "data: " + renamed(data, 0, begin, models, model_json);
  out_after_ = renamed(data, end, data.size(), models, model_json) + "\n\n";
}

std::optional<std::string_view> EventShape::match(std::string_view data) const {
  if (!known_ || data.size() < before_.size() + after_.size()) return std::nullopt;
  const size_t end = data.size() - after_.size();
  if (data.substr(0, before_.size()) != before_ || data.substr(end) != after_) return std::nullopt;
  const std::string_view text = data.substr(before_.size(), end - before_.size());
  return is_plain(text) ? std::optional(text) : std::nullopt;
}

void EventShape::render(std::string_view escaped, std::string& out) const {
  out.reserve(out.size() + out_before_.size() + escaped.size() + out_after_.size());
  out += out_before_;
  out += escaped;
  out += out_after_;
}

}  // namespace tandem::gateway::openai
