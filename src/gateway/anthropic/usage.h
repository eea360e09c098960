// What an answer consumed, as Anthropic counts it: `input_tokens` are those that were neither read
// from the prompt cache nor written to it, and the counts of a stream are cumulative. Pure.
// Source: Messages API, usage and message_delta.usage, 2026-11.
//   Counts counts; counts.add(usage_of_message_start); counts.add(usage_of_message_delta);
//   cost::Usage usage = counts.usage();
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "cost/usage.h"

namespace tandem::gateway::anthropic {

struct Counts {
  int64_t input = 0;  // uncached
  int64_t cache_read = 0;
  int64_t cache_write = 0;     // all, with …
  int64_t cache_write_1h = 0;  // … those
  int64_t output = 0;
  int64_t thinking = 0;
  int64_t web_searches = 0;

  // Takes over what `usage` says; what it does not say stays.
  void add(const boost::json::object& usage);
  // The same for one field, by its path inside of usage
  // ("cache_creation.ephemeral_1h_input_tokens").
  void set(std::string_view path, int64_t value);
  cost::Usage usage() const;
};

Counts counts_of(const cost::Usage& usage);

enum class Fill : uint8_t {
  All,    // every count that is not zero, and those that there always are
  Known,  // only what `raw` holds, so that a message_delta says what it said
};
// Writes the object. `raw` (may be empty) is what the provider sent: its other fields stay.
void write_usage(json::Writer& json, const cost::Usage& usage, std::string_view raw, Fill fill,
                 std::optional<int64_t> cost_nano_usd);

}  // namespace tandem::gateway::anthropic
