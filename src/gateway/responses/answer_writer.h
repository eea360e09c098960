// Writes a whole answer as the response object of POST /v1/responses. Pure.
#pragma once

#include <string>

#include "gateway/messages/dialect.h"

namespace tandem::gateway::responses {

std::string compose_answer(const messages::Answer& answer, const messages::AnswerOptions& options);

}  // namespace tandem::gateway::responses
