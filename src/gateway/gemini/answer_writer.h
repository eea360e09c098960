// Writes whole answers as generateContent gives them, and the candidates that streams share with
// them. Pure.
#pragma once

#include <string>

#include "gateway/messages/dialect.h"

namespace tandem::gateway::gemini {

std::string compose_answer(const messages::Answer& answer, const messages::AnswerOptions& options);

// Another dialect's part as a client of this API can read it; false: it cannot.
bool is_said(const messages::Part& part);
// A call as it can be written: arguments that are no object become one.
messages::Part sayable(messages::Part part);

}  // namespace tandem::gateway::gemini
