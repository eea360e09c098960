// Reads one event of a streamed message with the places of what Tandem acts on: the model, texts,
// usage, how it ended. Builds no tree. Pure. See stream_filter.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json/splice.h"
#include "base/result.h"
#include "gateway/anthropic/usage.h"
#include "gateway/output_gate.h"

namespace tandem::gateway::anthropic {

struct StreamText {
  Channel channel;  // `tool` is the index of the block
  std::string text;
  json::Token token;
};

struct StreamEvent {
  std::string type;
  std::optional<int64_t> index;  // of the block
  std::string model;
  std::vector<json::Token> model_tokens;
  std::vector<StreamText> texts;
  std::string stop_reason;
  std::vector<std::pair<std::string, int64_t>> counts;  // by their path inside of usage
  bool has_usage = false;
  std::optional<size_t> usage_end;  // offset of the closing brace
  std::optional<std::string> error;
};

// `json` gets spare capacity. UpstreamError: malformed, or no event of this API.
Result<StreamEvent> read_event(std::string& json);

}  // namespace tandem::gateway::anthropic
