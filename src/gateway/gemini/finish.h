// Why an answer ended, between Gemini's finishReason and the model of a chat. A call of a function
// ends with STOP like everything else. What ends an answer early other than a limit (SAFETY,
// RECITATION, MALFORMED_FUNCTION_CALL, …, and reasons that are not known yet) is a ContentFilter:
// never a complete answer. Pure. Source: Gemini API reference, FinishReason, 2026-11.
#pragma once

#include <string_view>

#include "gateway/messages/answer.h"

namespace tandem::gateway::gemini {

messages::Finish finish_of(std::string_view finish_reason, bool calls_function);
std::string_view finish_reason_of(messages::Finish finish);

}  // namespace tandem::gateway::gemini
