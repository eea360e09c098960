// The lines of a batch's output and error files. Pure.
// Source: OpenAI API reference, "The request output object".
#pragma once

#include <string>

#include "gateway/batches/types.h"

namespace tandem::gateway::batches {

// {"id":"batch_req_…","custom_id":…,"response":{"status_code","request_id","body"},"error":null}
// and a line end. Line breaks of the body, which are white space in JSON, become spaces.
void append_answer(std::string& out, const Line& line);
// Of a line that was never answered, because its batch expired.
void append_expired(std::string& out, const std::string& batch, int64_t number,
                    const std::string& custom_id);

}  // namespace tandem::gateway::batches
