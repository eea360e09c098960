// A whole answer of an Anthropic provider on its way to an Anthropic client: what Tandem acts on
// in it, with its places, so that every other byte stays. Pure.
// Source: Anthropic API reference, Messages, 2026-11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json/splice.h"
#include "base/result.h"
#include "cost/usage.h"
#include "gateway/output_gate.h"

namespace tandem::gateway::anthropic {

struct PassedText {
  Channel channel;  // `tool` is the number of the content block
  std::string text;
  json::Token token;
};

struct PassedAnswer {
  std::string model;
  std::vector<json::Token> model_tokens;
  std::vector<PassedText> texts;
  std::string stop_reason;
  std::optional<cost::Usage> usage;
};

// `json` gets spare capacity. UpstreamError: no message, or an error behind a 200.
Result<PassedAnswer> read_passed_answer(std::string& json);

}  // namespace tandem::gateway::anthropic
