#include "cost/usage.h"

#include <algorithm>

namespace tandem::cost {
namespace {

int64_t clamp_count(int64_t count) {
  return std::clamp<int64_t>(count, 0, kMaxCount);
}

// Cuts `part` to what `whole` still has room for, and takes it from there.
void fit(int64_t& part, int64_t& room) {
  part = std::min(clamp_count(part), room);
  room -= part;
}

}  // namespace

Usage sanitized(Usage usage) {
  usage.input_tokens = clamp_count(usage.input_tokens);
  int64_t input_room = usage.input_tokens;
  fit(usage.cached_input_tokens, input_room);
  fit(usage.cache_write_input_tokens, input_room);
  fit(usage.audio_input_tokens, input_room);
  fit(usage.image_input_tokens, input_room);
  int64_t write_room = usage.cache_write_input_tokens;
  fit(usage.cache_write_1h_input_tokens, write_room);
  usage.output_tokens = clamp_count(usage.output_tokens);
  int64_t output_room = usage.output_tokens;
  fit(usage.reasoning_tokens, output_room);
  fit(usage.audio_output_tokens, output_room);
  fit(usage.image_output_tokens, output_room);
  usage.images = clamp_count(usage.images);
  usage.milliseconds = clamp_count(usage.milliseconds);
  usage.rows = clamp_count(usage.rows);
  usage.web_searches = clamp_count(usage.web_searches);
  usage.tool_calls = clamp_count(usage.tool_calls);
  return usage;
}

Usage sum(const Usage& a, const Usage& b) {
  Usage both = a;
  both.input_tokens += b.input_tokens;
  both.cached_input_tokens += b.cached_input_tokens;
  both.cache_write_input_tokens += b.cache_write_input_tokens;
  both.cache_write_1h_input_tokens += b.cache_write_1h_input_tokens;
  both.audio_input_tokens += b.audio_input_tokens;
  both.output_tokens += b.output_tokens;
  both.reasoning_tokens += b.reasoning_tokens;
  both.audio_output_tokens += b.audio_output_tokens;
  both.images += b.images;
  both.milliseconds += b.milliseconds;
  both.rows += b.rows;
  both.web_searches += b.web_searches;
  both.image_input_tokens += b.image_input_tokens;
  both.image_output_tokens += b.image_output_tokens;
  both.tool_calls += b.tool_calls;
  both.reported = a.reported && b.reported;
  return both;
}

std::string_view energy_source_name(EnergySource source) {
  switch (source) {
    case EnergySource::None:
      return "none";
    case EnergySource::Measured:
      return "measured";
    case EnergySource::Modelled:
      return "modelled";
  }
  return "none";
}

Resources sanitized(Resources resources) {
  resources.gpu_ms = clamp_count(resources.gpu_ms);
  resources.cpu_us = clamp_count(resources.cpu_us);
  resources.energy_mj = clamp_count(resources.energy_mj);
  resources.bytes_in = clamp_count(resources.bytes_in);
  resources.bytes_out = clamp_count(resources.bytes_out);
  resources.co2e_ug = clamp_count(resources.co2e_ug);
  return resources;
}

}  // namespace tandem::cost
