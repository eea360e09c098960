// Amazon Bedrock's Converse API as a dialect (../messages/dialect.h) that only providers speak.
#pragma once

#include "gateway/messages/dialect.h"

namespace tandem::gateway::bedrock {

const messages::Dialect& dialect();

}  // namespace tandem::gateway::bedrock
