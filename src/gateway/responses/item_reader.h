// Reads items, of a request's input and of an answer's output alike, into messages and parts: what
// an assistant did one after the other (reasoning, texts, calls) becomes one message, so that it
// can be said in dialects that have no items. Source: OpenAI API reference, Responses, 2026-11.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::responses {

// One item of an assistant: appends its parts, at least one. InvalidArgument names the field; `at`
// is what it is called there: "input[2]".
Result<void> read_said_item(const json::Value& item, const std::string& at,
                            std::vector<messages::Part>& parts);

// One item of an input: appends to the last message or adds one.
Result<void> read_input_item(const json::Value& item, const std::string& at,
                             std::vector<messages::Message>& messages);

}  // namespace tandem::gateway::responses
