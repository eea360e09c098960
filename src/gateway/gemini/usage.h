// What an answer consumed, as Gemini counts it: the prompt contains what was cached and not what
// tools put into it; candidates do not contain thoughts; both are billed. Pure.
//   promptTokenCount + toolUsePromptTokenCount   = input_tokens, with cachedContentTokenCount
//   candidatesTokenCount + thoughtsTokenCount    = output_tokens, with thoughtsTokenCount
// Source: Gemini API reference, UsageMetadata, 2026-11.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "cost/usage.h"

namespace tandem::gateway::gemini {

struct Counts {
  int64_t prompt = 0;
  int64_t tool_use = 0;
  int64_t cached = 0;
  int64_t candidates = 0;
  int64_t thoughts = 0;
  int64_t audio_in = 0;
  int64_t audio_out = 0;

  // The count of that JSON or proto name; others are passed over.
  void set(std::string_view name, int64_t value);
  cost::Usage usage() const;
};

cost::Usage read_usage(const json::Value& metadata);
// The object. `cost_nano_usd` beside the counts, where the client asked for it.
void write_usage(json::Writer& json, const cost::Usage& usage,
                 std::optional<int64_t> cost_nano_usd);

}  // namespace tandem::gateway::gemini
