// What is kept of a response: the object and its items, the input's as they were after the guard,
// each with an id and in one form. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/responses/store.h"

namespace tandem::gateway::responses {

// Whether the request wants its response to be stored: unless it says false.
bool wants_store(std::string_view body);

// `answer`: the response object, or the event that holds it. `body`: the request as it was sent,
// the first `earlier` items of whose input are not its own.
Result<StoredResponse> kept_response(std::string_view answer, std::string_view body,
                                     size_t earlier);
size_t kept_bytes(const StoredResponse& response);

// The response object again, with its output.
std::string shown_response(const StoredResponse& response, const std::vector<StoredItem>& output);
// The same as the stream that it would have been, but for the events up to number `after`.
Result<std::string> replayed_response(const std::string& response, int64_t after);

}  // namespace tandem::gateway::responses
