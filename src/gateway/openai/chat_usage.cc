#include "gateway/openai/chat_usage.h"

namespace tandem::gateway::openai {
namespace {

using messages::Finish;

int64_t count(const json::Value* object, std::string_view name) {
  const json::Value* value = object ? object->find(name) : nullptr;
  return value ? value->integer().value_or(0) : 0;
}

void write_if(std::string_view name, int64_t value, json::Writer& json) {
  if (value > 0) json.key(name).integer(value);
}

}  // namespace

cost::Usage read_chat_usage(const json::Value& value) {
  cost::Usage usage;
  usage.input_tokens = count(&value, "prompt_tokens");
  usage.output_tokens = count(&value, "completion_tokens");
  const json::Value* prompt = value.find("prompt_tokens_details");
  usage.cached_input_tokens = count(prompt, "cached_tokens");
  usage.cache_write_input_tokens = count(prompt, "cache_write_tokens");
  usage.audio_input_tokens = count(prompt, "audio_tokens");
  if (usage.cached_input_tokens == 0) {
    usage.cached_input_tokens = count(&value, "prompt_cache_hit_tokens");
  }
  const json::Value* completion = value.find("completion_tokens_details");
  usage.reasoning_tokens = count(completion, "reasoning_tokens");
  usage.audio_output_tokens = count(completion, "audio_tokens");
  usage.reported = true;
  return cost::sanitized(usage);
}

void write_chat_usage(const cost::Usage& usage, std::optional<int64_t> cost_nano_usd,
                      json::Writer& json) {
  json.object().key("prompt_tokens").integer(usage.input_tokens);
  json.key("completion_tokens").integer(usage.output_tokens);
  json.key("total_tokens").integer(usage.input_tokens + usage.output_tokens);
  json.key("prompt_tokens_details").object();
  json.key("cached_tokens").integer(usage.cached_input_tokens);
  write_if("cache_write_tokens", usage.cache_write_input_tokens, json);
  write_if("audio_tokens", usage.audio_input_tokens, json);
  json.end_object().key("completion_tokens_details").object();
  json.key("reasoning_tokens").integer(usage.reasoning_tokens);
  write_if("audio_tokens", usage.audio_output_tokens, json);
  json.end_object();
  if (cost_nano_usd) json.key("cost_nano_usd").integer(*cost_nano_usd);
  json.end_object();
}

std::optional<Finish> find_finish(std::string_view reason) {
  if (reason == "stop") return Finish::Stop;
  if (reason == "length") return Finish::Length;
  if (reason == "tool_calls") return Finish::ToolUse;
  if (reason == "content_filter") return Finish::ContentFilter;
  return std::nullopt;
}

std::string_view finish_reason(Finish finish, bool refused) {
  switch (finish) {
    case Finish::Stop:
    case Finish::StopSequence:
    case Finish::Pause:
      return "stop";
    case Finish::Length:
      return "length";
    case Finish::ToolUse:
      return "tool_calls";
    case Finish::ContentFilter:
      return "content_filter";
    case Finish::Refusal:
      return refused ? "stop" : "content_filter";
  }
  return "stop";
}

}  // namespace tandem::gateway::openai
