// Reads a whole answer of POST /v1/chat/completions into the model of ../messages/. Source: OpenAI
// API reference, 2026-11; `stop_reason` of a choice is vLLM's. Pure.
#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::openai {

// UpstreamError: malformed, or an error in disguise, with the provider's words.
Result<messages::Answer> read_chat_answer(std::string_view body);

// UpstreamError where `body`, of an answer or of an event, is an error.
Result<void> check_no_error(const json::Value& body);
// The id of a tool call that the provider gave none: the same for the same call of an answer.
std::string made_up_call_id(std::string_view answer_id, int64_t choice, int64_t call);

}  // namespace tandem::gateway::openai
