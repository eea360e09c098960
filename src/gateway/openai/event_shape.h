// EventShape: the events of one stream repeat each other. Between two of them usually nothing but
// one text differs, so an event that equals the one before it, but for that text, needs no JSON
// parser: what the bytes around the text mean is known already. Pure; one stream each.
//   if (auto text = shape.match(data)) { … shape.render(escaped(released), out); }
//   else { …parse…; shape.learn(data, token_of_the_text, models, model_json); }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/splice.h"

namespace tandem::gateway::openai {

class EventShape {
 public:
  // `data` was read and its only piece of text is the JSON string at `text`; `models` are the
  // strings that go out as `model_json`.
  void learn(std::string_view data, json::Token text, const std::vector<json::Token>& models,
             const std::string& model_json);

  // The text of `data`, where `data` is the learned event with another text in plain characters
  // (valid UTF-8, nothing escaped). A view into `data`.
  std::optional<std::string_view> match(std::string_view data) const;

  // Where the text of such an event stands, quotes included.
  json::Token token_of(std::string_view text) const {
    return {before_.size() - 1, text.size() + 2};
  }
  // Appends the event with `escaped`, the inside of a JSON string, in its place: "data: …\n\n".
  void render(std::string_view escaped, std::string& out) const;

 private:
  bool known_ = false;
  std::string before_, after_;          // around the text, its quotes included
  std::string out_before_, out_after_;  // the same as the client gets them
};

}  // namespace tandem::gateway::openai
