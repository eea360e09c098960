// Why an answer ended, between Anthropic's stop_reason and the model of a chat. Pure.
#pragma once

#include <string_view>

#include "gateway/messages/answer.h"

namespace tandem::gateway::anthropic {

messages::Finish finish_of(std::string_view stop_reason);  // unknown ones: Stop
std::string_view stop_reason_of(messages::Finish finish);

// Whether stop_reason_of() would not give `stop_reason` back, so that it has to be kept.
bool is_other_reason(std::string_view stop_reason);

}  // namespace tandem::gateway::anthropic
