#include "gateway/responses/provider_request.h"

#include "base/json/tree.h"
#include "base/json/writer.h"

namespace tandem::gateway::responses {
namespace {

using json::Value;

constexpr std::string_view kSealed = "reasoning.encrypted_content";

// Reasoning that its provider did not store and did not seal is known to nobody. What another
// provider sealed ("anthropic:…") is of no use here either.
bool is_lost(const Value& item) {
  if (item.find_text("type") != "reasoning") return false;
  const std::string_view sealed = item.find_text("encrypted_content");
  return sealed.empty() || sealed.find(':') != std::string_view::npos;
}

void write_input(const Value& input, json::Writer& json) {
  if (!input.is_array()) {
    json.raw(input.raw);
    return;
  }
  json.array();
  for (const Value& item : input.children) {
    if (!is_lost(item)) json.raw(item.raw);
  }
  json.end_array();
}

// What the client wants included, and sealed reasoning where it asks for reasoning.
void write_include(const Value& body, json::Writer& json) {
  const Value* include = body.find("include");
  const Value* reasoning = body.find("reasoning");
  const bool thinks = reasoning && reasoning->find_text("effort") != "none";
  if (!include && !thinks) return;
  bool sealed = !thinks;
  json.key("include").array();
  if (include) {
    for (const Value& entry : include->children) {
      json.raw(entry.raw);
      sealed = sealed || entry.text == kSealed;
    }
  }
  if (!sealed) json.string(kSealed);
  json.end_array();
}

}  // namespace

Result<std::string> provider_request(const Call& call, std::string_view model) {
  TRY(const json::Document document, json::parse(call.redactions.apply(call.body)));
  std::string out;
  json::Writer json(out);
  json.object().key("model").string(model);
  for (const Value& field : document.root().children) {
    const std::string_view name = field.name;
    if (name == "model" || name == "store" || name == "include" || name == "previous_response_id") {
      continue;
    }
    json.key(name);
    if (name == "input")
      write_input(field, json);
    else
      json.raw(field.raw);
  }
  write_include(document.root(), json);
  json.key("store").boolean(false).end_object();
  return out;
}

}  // namespace tandem::gateway::responses
