// Writes a whole answer as the Messages API says it. Its usage is always there, as clients of this
// API expect. Pure.
#pragma once

#include <string>

#include "gateway/messages/dialect.h"

namespace tandem::gateway::anthropic {

// Of several choices only the first is written: no request of this dialect asks for more.
std::string compose_answer(const messages::Answer& answer, const messages::AnswerOptions& options);

}  // namespace tandem::gateway::anthropic
