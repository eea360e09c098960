#include "gateway/messages/json_fields.h"

#include "gateway/request_errors.h"

namespace tandem::gateway::messages {

using json::Value;

Result<void> read_count(const Value& body, std::string_view name, std::optional<int64_t>& into) {
  const Value* value = body.find(name);
  if (!value) return {};
  into = value->integer();
  if (into && *into >= 0 && *into <= kLargestCount) return {};
  return wrong_field(std::string(name), "a whole number from 0 to 1000000000");
}

Result<void> read_number(const Value& body, std::string_view name, std::optional<double>& into) {
  const Value* value = body.find(name);
  if (!value) return {};
  into = value->number();
  if (!into) return wrong_field(std::string(name), "a number");
  return {};
}

Result<void> read_text(const Value& body, std::string_view name, std::string& into) {
  const Value* value = body.find(name);
  if (!value) return {};
  if (!value->is_string()) return wrong_field(std::string(name), "a text");
  into = value->text;
  return {};
}

Result<void> read_flag(const Value& body, std::string_view name, std::optional<bool>& into) {
  const Value* value = body.find(name);
  if (!value) return {};
  into = value->boolean();
  if (!into) return wrong_field(std::string(name), "true or false");
  return {};
}

}  // namespace tandem::gateway::messages
