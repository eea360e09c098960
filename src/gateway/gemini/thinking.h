// How much a model may think, between Gemini's thinkingConfig and the words of other dialects.
// Gemini 3 and later are told a level, 2.5 a budget of tokens, earlier ones and Gemma do not think.
// Pure. Source: Gemini API, "Thinking" and "OpenAI compatibility", 2026-11.
//   effort           none  minimal     low      medium   high, xhigh
//   thinkingLevel    the least level   LOW      MEDIUM   HIGH
//   thinkingBudget   0     1024        1024     8192     24576
// Pro models always think: there the least level is LOW and the least budget 128.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::gemini {

enum class Thinks : uint8_t { Never, ByBudget, ByLevel };
Thinks how_it_thinks(std::string_view model);

// nullopt: the configuration asks for nothing.
std::optional<messages::Reasoning> read_thinking(const json::Value& config);
// "thinkingConfig" into the generationConfig that is open. False: the model never thinks.
bool write_thinking(const messages::Reasoning& reasoning, std::string_view model,
                    json::Writer& json);

}  // namespace tandem::gateway::gemini
