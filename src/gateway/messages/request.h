// Request: a chat call in no provider's dialect. Read by one dialect, written by another
// (dialect.h); reading and writing in the same dialect loses nothing that it can say. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/messages/part.h"

namespace tandem::gateway::messages {

struct Message {
  Role role = Role::User;
  std::string name;  // of who speaks
  std::vector<Part> parts;
  bool is_plain = false;  // one text that was no list of parts
  Extras extras;
  friend bool operator==(const Message&, const Message&) = default;
};

struct Tool {
  std::string name;
  std::string description;
  std::string parameters;      // JSON schema; empty: none given
  std::optional<bool> strict;  // arguments must fit the schema
  bool is_native = false;      // a provider's own (web search, …): `extras` hold it whole
  Extras extras;
  friend bool operator==(const Tool&, const Tool&) = default;
};

struct ToolChoice {
  enum class Kind : uint8_t { Auto, None, Required, Named };
  Kind kind = Kind::Auto;
  std::string name;
  friend bool operator==(const ToolChoice&, const ToolChoice&) = default;
};

struct ResponseFormat {
  enum class Kind : uint8_t { Text, JsonObject, JsonSchema };
  Kind kind = Kind::Text;
  std::string name;
  std::string description;
  std::string schema;  // JSON
  std::optional<bool> strict;
  friend bool operator==(const ResponseFormat&, const ResponseFormat&) = default;
};

// How much the model may think before it answers.
struct Reasoning {
  bool enabled = true;
  std::string effort;  // "minimal", "low", "medium", "high"; empty: not said
  std::optional<int64_t> budget_tokens;
  friend bool operator==(const Reasoning&, const Reasoning&) = default;
};

struct Request {
  std::string model;
  std::vector<Message> messages;  // system messages among them, in their places
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  std::optional<bool> parallel_tool_calls;
  std::optional<int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int64_t> top_k;
  std::optional<double> frequency_penalty;
  std::optional<double> presence_penalty;
  std::optional<int64_t> seed;
  std::vector<std::string> stop;
  int64_t choices = 1;
  std::optional<ResponseFormat> format;
  std::optional<Reasoning> reasoning;
  std::string user;
  std::string service_tier;
  bool stream = false;
  Extras extras;
  std::string_view dialect;  // who read it: extras, native tools and other parts in it are its own
  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace tandem::gateway::messages
