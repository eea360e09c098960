// How much a model may think, between the words that say it: OpenAI's effort, and Anthropic's
// `thinking` with `output_config.effort`. Models up to Claude 4.5, and what others make to be
// spoken to like them, take a budget of tokens; later ones decide themselves and take an effort.
// Pure.
//   effort   minimal   low   medium    high   xhigh, max
//   budget      1024  1024     8192   24576        32768
// A budget lies inside of max_tokens: here at most half of it, so that there is room to answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/messages/request.h"

namespace tandem::gateway::anthropic {

inline constexpr int64_t kLeastBudget = 1024;

// Whether `model` is told an effort and not a budget.
bool takes_effort(std::string_view model);

struct Thinking {
  std::string thinking;  // JSON of the field; empty: left out
  std::string effort;    // of output_config; empty: left out
  bool is_lost = false;  // there is no room for the least budget
  bool is_on() const { return !thinking.empty() && thinking.find("disabled") == std::string::npos; }
};
Thinking thinking_of(const std::optional<messages::Reasoning>& reasoning, std::string_view model,
                     int64_t max_tokens);

}  // namespace tandem::gateway::anthropic
