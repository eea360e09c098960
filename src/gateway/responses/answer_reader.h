// Reads a response object into the model of ../messages/. Source: OpenAI API reference, Responses,
// 2026-11. Pure.
#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::responses {

// UpstreamError: malformed, failed, or an error in disguise, with the provider's words.
Result<messages::Answer> parse_answer(std::string_view body);

// What the readers of whole answers and of streams share.
Failure malformed(const std::string& what);
// UpstreamError where a response or an event says that it failed.
Result<void> check_no_error(const json::Value& object);
// Why a response ended: `calls` and `refused` say what is in it.
messages::Finish finish_of(const json::Value& response, bool calls, bool refused);
// What a response says beside what the model has a place for.
messages::Extras extras_of(const json::Value& response);

}  // namespace tandem::gateway::responses
