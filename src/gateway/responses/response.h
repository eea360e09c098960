// The response object, whole or as the events of a stream show it, and what it repeats of its
// request. Source: OpenAI API reference, Responses, 2026-11. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::responses {

struct Response {
  std::string_view id;
  std::string_view model;
  int64_t created_s = 0;
  std::string_view status;                   // "in_progress", "completed", "incomplete"
  std::string_view incomplete_reason;        // "max_output_tokens"; empty: none
  std::string_view output = "[]";            // JSON
  std::string_view usage = "null";           // JSON
  std::string_view echo;                     // members, of echo_of()
  const messages::Extras* extras = nullptr;  // what a provider's own response says beside these
};
std::string response_json(const Response& response);

// How an answer that ended so is named: status, and why it is incomplete.
struct Ending {
  std::string_view status;
  std::string_view reason;
};
Ending ending_of(messages::Finish finish);

// The members that a response repeats of its request (`body`, after the guard): instructions,
// tools, temperature, metadata and so on, defaults where they were not given. `stored`: whether it
// will be kept.
Result<std::string> echo_of(std::string_view body, bool stored);

}  // namespace tandem::gateway::responses
