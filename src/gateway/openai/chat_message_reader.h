// Reads what somebody says in an OpenAI chat, messages of requests and of answers alike: content,
// tool calls, refusals and reasoning. Source: OpenAI API reference, 2026-11; `reasoning_content` is
// DeepSeek's, vLLM's and llama-server's, `reasoning` OpenRouter's. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "base/result.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::openai {

inline constexpr std::string_view kDialectName = "openai";

void keep_field(std::string_view name, std::string_view json, messages::Extras& extras);
void keep_note(std::string_view name, std::string_view json, messages::Extras& extras);
// Fields of `object` whose names are not among `known`, as they were written; null is not there.
void keep_unknown(const json::Value& object, std::initializer_list<std::string_view> known,
                  messages::Extras& extras, std::string_view prefix = {});

// `at` names the message in errors: "messages[2]".
Result<messages::Message> read_chat_message(const json::Value& message, const std::string& at);

// Thinking, texts, refusal and tool calls of an assistant's message, in this order.
// True where its content is one text.
Result<bool> read_said(const json::Value& message, const std::string& at,
                       std::vector<messages::Part>& parts);

}  // namespace tandem::gateway::openai
