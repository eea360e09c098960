// Reads requests of Gemini's API into Calls, and writes the ones that a provider of the same
// dialect gets: the same bytes, but for the fields that Tandem acts on. The endpoint and whether it
// is a stream come from the path, the caller sets them. Builds no tree. Pure.
// Source: Gemini API reference, generateContent, countTokens and embedContent, 2026-11.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"

namespace tandem::gateway::gemini {

// What the body is of.
enum class Method : uint8_t { Generate, CountTokens, Embed, BatchEmbed };

// Texts: the system instruction, what contents say, results of functions (role "tool"), the texts
// inside of calls, and, without a role, whatever else may hold a secret. Not: data in base64 and
// signatures. A countTokens request that holds a whole generateContentRequest becomes that one.
// InvalidArgument names the field.
Result<Call> read_request(Method method, std::string body);

// The body for a provider, with its own name of the model where the body names one.
std::string write_request(const Call& call, std::string_view model);

// "chat" of "models/chat".
std::string_view model_name(std::string_view resource);

}  // namespace tandem::gateway::gemini
