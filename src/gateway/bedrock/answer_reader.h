// Reads what Converse answers, whole or event by event. Pure.
// Source: Amazon Bedrock Runtime API reference, 2023-09-30, as of 2026-11.
#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::bedrock {

inline constexpr std::string_view kName = "bedrock";

// UpstreamError: malformed.
Result<messages::Answer> parse_answer(std::string_view body);

messages::Finish finish_of(std::string_view stop_reason);

// inputTokens are those that were neither read from the cache nor written to it: as in
// cost::Usage, the whole contains all three.
cost::Usage usage_of(const json::Value& usage);

}  // namespace tandem::gateway::bedrock
