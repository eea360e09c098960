// Reads OpenAI requests (POST /v1/chat/completions, /v1/completions, /v1/embeddings) into a Call
// and writes the request that a target gets: the same bytes, but for the fields that Tandem acts
// on. Source: OpenAI API reference, 2026-11. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::openai {

// `kind` is Chat, Completion or Embedding. Errors are InvalidArgument and name the field.
Result<Call> read_request(CallKind kind, std::string body);

// The body for a provider: its own model name, the guard's redactions, and usage in streams.
std::string write_request(const Call& call, std::string_view model, bool ask_stream_usage);

}  // namespace tandem::gateway::openai
