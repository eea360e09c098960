// Reads a request of the Messages API (POST /v1/messages, /v1/messages/count_tokens) into a Call,
// and writes the one that a provider of the same dialect gets: the same bytes, but for the fields
// that Tandem acts on. Builds no tree. Pure. Source: Messages API, 2026-11.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::anthropic {

// Texts: the system prompt, what turns say, results of tools (role "tool"), the texts inside of
// calls and documents, and, without a role, whatever else may hold a secret. Not: images and files
// in base64, signatures, what is encrypted. InvalidArgument names the field.
Result<Call> read_request(std::string body);

// The body for a provider: its own model name and the guard's redactions.
std::string write_request(const Call& call, std::string_view model);

}  // namespace tandem::gateway::anthropic
