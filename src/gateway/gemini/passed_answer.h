// An answer or an event of a stream of a Gemini provider on its way to a Gemini client: what Tandem
// acts on in it, with its places, so that every other byte stays. Pure.
// Source: Gemini API reference, GenerateContentResponse, 2026-11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json/splice.h"
#include "base/result.h"
#include "cost/usage.h"
#include "gateway/output_gate.h"

namespace tandem::gateway::gemini {

struct PassedText {
  // Content, Reasoning (a thought) or, for a text inside of a call's arguments or of anything else,
  // Other: those are never pieces of a longer one.
  Channel channel;
  std::string text;
  json::Token token;
};

struct PassedCall {
  int64_t candidate = 0;
  std::string arguments;  // JSON
};

struct PassedEnd {
  int64_t candidate = 0;
  std::string reason;
};

struct PassedAnswer {
  std::string model;
  std::vector<json::Token> model_tokens;
  std::vector<PassedText> texts;
  std::vector<PassedCall> calls;
  std::vector<PassedEnd> ends;      // a prompt that was blocked is one, of candidate 0
  std::vector<int64_t> candidates;  // their numbers
  std::optional<cost::Usage> usage;
  std::optional<size_t> usage_end;  // offset of its closing brace
  bool has_feedback = false;
};

// `json` gets spare capacity. UpstreamError: no answer, or an error.
Result<PassedAnswer> read_passed_answer(std::string& json);

}  // namespace tandem::gateway::gemini
