#include "gateway/gemini/usage.h"

#include <algorithm>

#include "gateway/gemini/fields.h"

namespace tandem::gateway::gemini {
namespace {

struct Row {
  std::string_view name;
  int64_t Counts::*count;
};
constexpr Row kRows[] = {
    {"promptTokenCount", &Counts::prompt},        {"toolUsePromptTokenCount", &Counts::tool_use},
    {"cachedContentTokenCount", &Counts::cached}, {"candidatesTokenCount", &Counts::candidates},
    {"thoughtsTokenCount", &Counts::thoughts},
};

int64_t audio_of(const json::Value& metadata, std::string_view name) {
  const json::Value* details = find(metadata, name);
  if (!details) return 0;
  for (const json::Value* detail : elements(*details)) {
    if (find_text(*detail, "modality") != "AUDIO") continue;
    if (const json::Value* count = find(*detail, "tokenCount")) return whole(*count).value_or(0);
  }
  return 0;
}

void write_details(json::Writer& json, std::string_view name, int64_t all, int64_t audio) {
  if (audio <= 0) return;
  json.key(name).array();
  json.object().key("modality").string("TEXT");
  json.key("tokenCount").integer(std::max<int64_t>(all - audio, 0)).end_object();
  json.object().key("modality").string("AUDIO").key("tokenCount").integer(audio).end_object();
  json.end_array();
}

}  // namespace

void Counts::set(std::string_view name, int64_t value) {
  for (const Row& row : kRows) {
    if (is_named(name, row.name)) this->*row.count = std::clamp<int64_t>(value, 0, cost::kMaxCount);
  }
}

cost::Usage Counts::usage() const {
  cost::Usage usage;
  usage.input_tokens = prompt + tool_use;
  usage.cached_input_tokens = cached;
  usage.audio_input_tokens = audio_in;
  usage.output_tokens = candidates + thoughts;
  usage.reasoning_tokens = thoughts;
  usage.audio_output_tokens = audio_out;
  usage.reported = true;
  return cost::sanitized(usage);
}

cost::Usage read_usage(const json::Value& metadata) {
  Counts counts;
  for (const json::Value& field : metadata.children) {
    if (const auto value = whole(field)) counts.set(field.name, *value);
  }
  counts.audio_in = audio_of(metadata, "promptTokensDetails");
  counts.audio_out = audio_of(metadata, "candidatesTokensDetails");
  return counts.usage();
}

void write_usage(json::Writer& json, const cost::Usage& usage,
                 std::optional<int64_t> cost_nano_usd) {
  const int64_t said = std::max<int64_t>(usage.output_tokens - usage.reasoning_tokens, 0);
  json.object().key("promptTokenCount").integer(usage.input_tokens);
  json.key("candidatesTokenCount").integer(said);
  json.key("totalTokenCount").integer(usage.input_tokens + usage.output_tokens);
  if (usage.cached_input_tokens > 0) {
    json.key("cachedContentTokenCount").integer(usage.cached_input_tokens);
  }
  if (usage.reasoning_tokens > 0) json.key("thoughtsTokenCount").integer(usage.reasoning_tokens);
  write_details(json, "promptTokensDetails", usage.input_tokens, usage.audio_input_tokens);
  write_details(json, "candidatesTokensDetails", said, usage.audio_output_tokens);
  if (cost_nano_usd) json.key("cost_nano_usd").integer(*cost_nano_usd);
  json.end_object();
}

}  // namespace tandem::gateway::gemini
