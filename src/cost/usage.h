// What one attempt at a call consumed: counts that are priced (Usage) and resources that are
// recorded beside the money (Resources). Plain values; the gateway's translators fill them in.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::cost {

// Counts are clamped to this: more is a provider's bug, and sums over millions of rows fit 64 bits.
inline constexpr int64_t kMaxCount = 1'000'000'000'000;

// Providers disagree about what contains what; here a total always contains its parts, so that
// every token is priced exactly once. OpenAI's prompt_tokens already contain the cached ones;
// Anthropic's input_tokens do not contain cache reads and writes: translators add them.
struct Usage {
  int64_t input_tokens = 0;                 // all, with the five parts below
  int64_t cached_input_tokens = 0;          // read from the provider's prompt cache
  int64_t cache_write_input_tokens = 0;     // written to it, with the long-lived ones
  int64_t cache_write_1h_input_tokens = 0;  // of those: kept for an hour instead of five minutes
  int64_t audio_input_tokens = 0;
  int64_t image_input_tokens = 0;
  int64_t output_tokens = 0;  // all, with the three parts below
  int64_t reasoning_tokens = 0;
  int64_t audio_output_tokens = 0;
  int64_t image_output_tokens = 0;
  int64_t images = 0;        // made
  int64_t milliseconds = 0;  // of audio or video, where that is what is priced
  int64_t rows = 0;          // scored (predict), or search units billed (rerank)
  int64_t web_searches = 0;  // that the provider ran inside the call
  int64_t tool_calls = 0;    // of its other tools: file searches, code containers …
  // The provider said so. Reported zeros are zeros and cost nothing; an estimate says false.
  bool reported = false;

  friend bool operator==(const Usage&, const Usage&) = default;
};

// What two attempts at one answer took together; reported where both are.
Usage sum(const Usage& a, const Usage& b);

// What we ourselves make of the tokens of a call, to hold the provider's numbers against. 0: not
// counted, or none.
struct Counted {
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;

  friend bool operator==(const Counted&, const Counted&) = default;
};

// Every count within [0, kMaxCount], no part above its whole. Providers send nonsense at times.
Usage sanitized(Usage usage);

enum class EnergySource : uint8_t { None, Measured, Modelled };
std::string_view energy_source_name(EnergySource source);  // "none", "measured", "modelled"

struct Resources {
  int64_t gpu_ms = 0;
  int64_t cpu_us = 0;
  int64_t energy_mj = 0;
  EnergySource energy_source = EnergySource::None;
  int64_t bytes_in = 0;
  int64_t bytes_out = 0;
  int64_t co2e_ug = 0;  // micrograms of CO2 equivalent, of that energy

  friend bool operator==(const Resources&, const Resources&) = default;
};

Resources sanitized(Resources resources);

}  // namespace tandem::cost
