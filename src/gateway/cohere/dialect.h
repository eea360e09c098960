// Cohere's Chat API (v2) as a dialect (../messages/dialect.h) that only providers speak.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::cohere {

const messages::Dialect& dialect();

}  // namespace tandem::gateway::cohere
