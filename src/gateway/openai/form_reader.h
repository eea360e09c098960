// Reads the form (multipart/form-data) of an operation (operation.h) into a call whose kind, body
// and content type are set. Its fields are texts; its files are bytes that nobody looks into. Pure.
#pragma once

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::openai {

Result<void> read_form(Call& call);

}  // namespace tandem::gateway::openai
