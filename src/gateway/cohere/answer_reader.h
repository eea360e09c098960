// Reads what Cohere's Chat API answers. Pure. Source: Cohere API reference, v2, 2026-11.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::cohere {

inline constexpr std::string_view kName = "cohere";

// UpstreamError: malformed.
Result<messages::Answer> parse_answer(std::string_view body);

// COMPLETE, MAX_TOKENS, …; nullopt for ERROR and TIMEOUT, with which an answer has failed.
std::optional<messages::Finish> finish_of(std::string_view reason);

// What is billed (`billed_units`), else what was processed (`tokens`): the provider adds tokens of
// its own to a prompt and does not charge for them.
cost::Usage usage_of(const json::Value& usage);

}  // namespace tandem::gateway::cohere
