#include "gateway/responses/response.h"

#include <algorithm>
#include <array>

#include "base/json/tree.h"
#include "gateway/responses/fields.h"

namespace tandem::gateway::responses {
namespace {

// What a request says, and what it means where it does not say it.
struct Echoed {
  std::string_view name;
  std::string_view otherwise;  // JSON
};
constexpr std::array kEchoed = {
    Echoed{"background", "false"},
    Echoed{"instructions", "null"},
    Echoed{"max_output_tokens", "null"},
    Echoed{"max_tool_calls", "null"},
    Echoed{"metadata", "{}"},
    Echoed{"parallel_tool_calls", "true"},
    Echoed{"previous_response_id", "null"},
    Echoed{"prompt_cache_key", "null"},
    Echoed{"reasoning", R"({"effort":null,"summary":null})"},
    Echoed{"safety_identifier", "null"},
    Echoed{"temperature", "null"},
    Echoed{"text", R"({"format":{"type":"text"}})"},
    Echoed{"tool_choice", R"("auto")"},
    Echoed{"tools", "[]"},
    Echoed{"top_logprobs", "null"},
    Echoed{"top_p", "null"},
    Echoed{"truncation", R"("disabled")"},
    Echoed{"user", "null"},
};

bool is_echoed(std::string_view name) {
  return name == "store" || std::any_of(kEchoed.begin(), kEchoed.end(),
                                        [name](const Echoed& echo) { return echo.name == name; });
}

}  // namespace

std::string response_json(const Response& response) {
  std::string out;
  json::Writer json(out);
  json.object().key("id").string(response.id).key("object").string("response");
  json.key("created_at").integer(response.created_s).key("status").string(response.status);
  json.key("error").null().key("incomplete_details");
  if (response.incomplete_reason.empty())
    json.null();
  else
    json.object().key("reason").string(response.incomplete_reason).end_object();
  json.key("model").string(response.model).key("output").raw(response.output);
  write_members(response.echo, json);
  if (response.extras) {
    for (const messages::Extra& extra : *response.extras) {
      if (extra.is_note || (!response.echo.empty() && is_echoed(extra.name))) continue;
      json.key(extra.name).raw(extra.json);
    }
  }
  json.key("usage").raw(response.usage).end_object();
  return out;
}

Ending ending_of(messages::Finish finish) {
  switch (finish) {
    case messages::Finish::Length:
    case messages::Finish::Pause:
      return {"incomplete", "max_output_tokens"};
    case messages::Finish::ContentFilter:
      return {"incomplete", "content_filter"};
    default:
      return {"completed", ""};
  }
}

Result<std::string> echo_of(std::string_view body, bool stored) {
  TRY(const json::Document document, json::parse(std::string(body)));
  std::string out = "\"store\":";
  out += stored ? "true" : "false";
  for (const Echoed& echo : kEchoed) {
    const json::Value* given = document.root().find(echo.name);
    out += ",\"" + std::string(echo.name) + "\":";
    out += given ? given->raw : echo.otherwise;
  }
  return out;
}

}  // namespace tandem::gateway::responses
