// What an answer consumed, as the Responses API counts it: input_tokens hold the cached ones,
// output_tokens those of reasoning. Source: OpenAI API reference, Responses, 2026-11. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "cost/usage.h"

namespace tandem::gateway::responses {

cost::Usage read_usage(const json::Value& usage);
// The object. `given` (may be empty) is what the provider sent: its fields stay as they were.
std::string usage_json(const cost::Usage& usage, std::string_view given,
                       std::optional<int64_t> cost_nano_usd);

}  // namespace tandem::gateway::responses
