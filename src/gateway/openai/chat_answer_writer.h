// Writes a whole answer as POST /v1/chat/completions gives it. Pure.
#pragma once

#include <string>

#include "gateway/messages/dialect.h"

namespace tandem::gateway::openai {

std::string write_chat_answer(const messages::Answer& answer,
                              const messages::AnswerOptions& options);

}  // namespace tandem::gateway::openai
