// What an OpenAI answer says beside its texts: usage and why a choice ended. Source: OpenAI API
// reference, 2026-11; `prompt_cache_hit_tokens` is DeepSeek's. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "cost/usage.h"
#include "gateway/messages/answer.h"

namespace tandem::gateway::openai {

// prompt_tokens hold the cached ones, completion_tokens those of reasoning.
cost::Usage read_chat_usage(const json::Value& usage);
void write_chat_usage(const cost::Usage& usage, std::optional<int64_t> cost_nano_usd,
                      json::Writer& json);

// nullopt: a reason that this protocol does not have.
std::optional<messages::Finish> find_finish(std::string_view reason);
// `refused`: the choice holds a refusal, so that it needs not be said by the reason.
std::string_view finish_reason(messages::Finish finish, bool refused);

}  // namespace tandem::gateway::openai
