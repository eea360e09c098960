#include "gateway/responses/usage.h"

#include "base/json/writer.h"

namespace tandem::gateway::responses {
namespace {

int64_t count(const json::Value* object, std::string_view name) {
  const json::Value* value = object ? object->find(name) : nullptr;
  return value ? value->integer().value_or(0) : 0;
}

}  // namespace

cost::Usage read_usage(const json::Value& value) {
  cost::Usage usage;
  usage.input_tokens = count(&value, "input_tokens");
  usage.output_tokens = count(&value, "output_tokens");
  const json::Value* input = value.find("input_tokens_details");
  usage.cached_input_tokens = count(input, "cached_tokens");
  usage.cache_write_input_tokens = count(input, "cache_write_tokens");
  usage.reasoning_tokens = count(value.find("output_tokens_details"), "reasoning_tokens");
  usage.reported = true;
  return cost::sanitized(usage);
}

std::string usage_json(const cost::Usage& usage, std::string_view given,
                       std::optional<int64_t> cost_nano_usd) {
  std::string out;
  json::Writer json(out);
  json.object();
  const auto document = given.empty() ? fail(Code::Internal, "") : json::parse(std::string(given));
  if (document && document->root().is_object()) {
    for (const json::Value& field : document->root().children) json.key(field.name).raw(field.raw);
  } else {
    json.key("input_tokens").integer(usage.input_tokens);
    json.key("input_tokens_details").object();
    json.key("cached_tokens").integer(usage.cached_input_tokens);
    json.key("cache_write_tokens").integer(usage.cache_write_input_tokens).end_object();
    json.key("output_tokens").integer(usage.output_tokens);
    json.key("output_tokens_details").object();
    json.key("reasoning_tokens").integer(usage.reasoning_tokens).end_object();
    json.key("total_tokens").integer(usage.input_tokens + usage.output_tokens);
  }
  if (cost_nano_usd) json.key("cost_nano_usd").integer(*cost_nano_usd);
  json.end_object();
  return out;
}

}  // namespace tandem::gateway::responses
