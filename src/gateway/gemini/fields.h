// Small steps over Gemini's JSON that every reader and writer here takes. It is protobuf's JSON
// mapping: a field may be written as "topK" or "top_k", a list of one as the element itself, a
// whole number as text; null is not there. Pure. Source: protobuf.dev/programming-guides/json.
//   if (const json::Value* value = find(config, "topK")) …
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::gemini {

inline constexpr std::string_view kName = "gemini";

// InvalidArgument: what a provider of this dialect is never told or asked.
Failure cannot_say(std::string field, std::string_view what);
// UpstreamError about an answer.
Failure malformed(std::string_view what);

// Whether a field called `name` is the one whose JSON name is `camel`.
bool is_named(std::string_view name, std::string_view camel);
const json::Value* find(const json::Value& object, std::string_view camel);
std::string_view find_text(const json::Value& object, std::string_view camel);
// Whole numbers, as texts too.
std::optional<int64_t> whole(const json::Value& value);
std::optional<double> real(const json::Value& value);
// Of a repeated field.
std::vector<const json::Value*> elements(const json::Value& field);

// `field` is its path, for the error.
Result<std::string> get_text(const json::Value& object, std::string_view camel,
                             const std::string& at);

void keep(messages::Extras& extras, std::string_view name, std::string_view json);
void note(messages::Extras& extras, std::string_view name, std::string_view json = {});
// Null where `own` is false or there is no such note.
const messages::Extra* find_note(bool own, const messages::Extras& extras, std::string_view name);
// All fields of `object` but `known`, under `prefix` and their own names.
void keep_unknown(const json::Value& object, std::initializer_list<std::string_view> known,
                  messages::Extras& extras, std::string_view prefix = {});
// Those with the prefix (with none: without a dot), into the object that is open. No notes.
void write_extras(json::Writer& json, const messages::Extras& extras, std::string_view prefix = {});

// Names of dropped fields, each once.
class Dropped {
 public:
  explicit Dropped(std::vector<std::string>& names) : names_(names) {}
  void add(std::string_view name);
  void add(const messages::Extras& extras);  // but notes

 private:
  std::vector<std::string>& names_;
};

}  // namespace tandem::gateway::gemini
