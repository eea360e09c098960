// Reads what an OpenAI-compatible provider answers: a whole body or one event of a stream. Finds
// the usage, the texts, how each choice ended, and errors that hide behind a 200. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/splice.h"
#include "base/result.h"
#include "cost/usage.h"
#include "gateway/output_gate.h"

namespace tandem::gateway::openai {

struct AnswerText {
  Channel channel;
  std::string text;
  json::Token token;
};

struct ChoiceEnd {
  int64_t choice = 0;
  std::string reason;
};

struct ProviderError {
  std::string message;
  std::string type;
  std::string code;
  std::string param;
  std::optional<int64_t> retry_after_ms;  // where the body asks for a wait
};

struct Answer {
  std::vector<json::Token> model_tokens;
  std::string model;
  std::vector<AnswerText> texts;
  std::vector<ChoiceEnd> ends;
  size_t choices = 0;
  bool has_choices = false;          // the field is there, empty or not
  std::optional<cost::Usage> usage;  // as the provider reported it
  std::optional<size_t> usage_end;   // offset of the closing brace of "usage"
  std::optional<ProviderError> error;
};

// `json` gets spare capacity. Errors are UpstreamError: not JSON, or not an object.
Result<Answer> read_answer(std::string& json);

// What a provider's error body says; empty fields where it says nothing usable.
ProviderError read_error(std::string body);

}  // namespace tandem::gateway::openai
