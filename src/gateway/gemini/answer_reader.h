// Reads whole answers of generateContent, and what answers and events of streams share. Pure.
// Source: Gemini API reference, GenerateContentResponse, 2026-11.
#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::gemini {

// UpstreamError where `body` (or the first element of a list) is an error: with its words, and its
// status as the upstream's code.
Result<void> check_no_error(const json::Value& body);
// Why the prompt was refused ("SAFETY"); empty: it was not.
std::string_view block_reason(const json::Value& body);

// UpstreamError: malformed, an error in disguise, or an answer without candidates. A prompt that
// was blocked is an answer that the provider's filter ended.
Result<messages::Answer> parse_answer(std::string_view text);

}  // namespace tandem::gateway::gemini
