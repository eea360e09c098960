#include "gateway/anthropic/usage.h"

#include <algorithm>
#include <boost/json.hpp>

#include "gateway/anthropic/fields.h"

namespace tandem::gateway::anthropic {

namespace bj = boost::json;

namespace {

// The fields and what they count. Both cache_creation parts are in the total as well.
struct Field {
  std::string_view group;  // empty: at the top
  std::string_view name;
  int64_t Counts::*count;
  bool always = false;
};
constexpr Field kFields[] = {
    {"", "input_tokens", &Counts::input, true},
    {"", "cache_creation_input_tokens", &Counts::cache_write, true},
    {"", "cache_read_input_tokens", &Counts::cache_read, true},
    {"", "output_tokens", &Counts::output, true},
    {"cache_creation", "ephemeral_1h_input_tokens", &Counts::cache_write_1h},
    {"output_tokens_details", "thinking_tokens", &Counts::thinking},
    {"server_tool_use", "web_search_requests", &Counts::web_searches},
};

void put(bj::object& usage, const Field& field, int64_t value, Fill fill, bool always) {
  bj::object* holder = &usage;
  if (!field.group.empty()) {
    bj::value* group = usage.if_contains(field.group);
    if (!group || !group->is_object()) {
      if (fill == Fill::Known || value == 0) return;
      group = &(usage[field.group] = bj::object());
    }
    holder = &group->get_object();
  }
  const bool there = holder->contains(field.name);
  // What is null is zero, and stays null while it is.
  const bool is_null = there && holder->at(field.name).is_null();
  if (is_null && value == 0) return;
  if (there || (fill == Fill::All && ((field.always && always) || value != 0))) {
    (*holder)[field.name] = value;
  }
}

}  // namespace

void Counts::set(std::string_view path, int64_t value) {
  value = std::max<int64_t>(value, 0);
  const size_t dot = path.find('.');
  const std::string_view group = dot == path.npos ? "" : path.substr(0, dot);
  const std::string_view name = dot == path.npos ? path : path.substr(dot + 1);
  for (const Field& field : kFields) {
    if (field.group == group && field.name == name) this->*field.count = value;
  }
}

void Counts::add(const bj::object& usage) {
  for (const Field& field : kFields) {
    const bj::object* holder = field.group.empty() ? &usage : find_object(usage, field.group);
    if (!holder) continue;
    if (const auto count = find_count(*holder, field.name)) {
      this->*field.count = std::max<int64_t>(*count, 0);
    }
  }
}

cost::Usage Counts::usage() const {
  cost::Usage usage;
  usage.cached_input_tokens = cache_read;
  usage.cache_write_1h_input_tokens = cache_write_1h;
  usage.cache_write_input_tokens = std::max(cache_write, cache_write_1h);
  usage.input_tokens = std::min(input, cost::kMaxCount) + std::min(cache_read, cost::kMaxCount) +
                       std::min(usage.cache_write_input_tokens, cost::kMaxCount);
  usage.output_tokens = output;
  usage.reasoning_tokens = thinking;
  usage.web_searches = web_searches;
  usage.reported = true;
  return cost::sanitized(usage);
}

Counts counts_of(const cost::Usage& usage) {
  Counts counts;
  counts.cache_read = usage.cached_input_tokens;
  counts.cache_write = usage.cache_write_input_tokens;
  counts.cache_write_1h = usage.cache_write_1h_input_tokens;
  counts.input = std::max<int64_t>(
      usage.input_tokens - usage.cached_input_tokens - usage.cache_write_input_tokens, 0);
  counts.output = usage.output_tokens;
  counts.thinking = usage.reasoning_tokens;
  counts.web_searches = usage.web_searches;
  return counts;
}

void write_usage(json::Writer& json, const cost::Usage& usage, std::string_view raw_usage,
                 Fill fill, std::optional<int64_t> cost_nano_usd) {
  bj::object object;
  if (!raw_usage.empty()) {
    if (auto parsed = parse_object(raw_usage, Code::Internal)) object = *std::move(parsed);
  }
  const Counts counts = counts_of(usage);
  for (const Field& field : kFields) {
    put(object, field, counts.*field.count, fill, raw_usage.empty());
  }
  if (const bj::object* parts = find_object(object, "cache_creation")) {
    // The rest of what was written is kept for five minutes.
    if (parts->contains("ephemeral_1h_input_tokens")) {
      object["cache_creation"].get_object()["ephemeral_5m_input_tokens"] =
          counts.cache_write - counts.cache_write_1h;
    }
  }
  if (cost_nano_usd) object["cost_nano_usd"] = *cost_nano_usd;
  json.raw(bj::serialize(object));
}

}  // namespace tandem::gateway::anthropic
