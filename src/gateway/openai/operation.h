// The operations of OpenAI's API that are no chat: rerank, moderations, images, speech and
// transcription. Their requests are read for what Tandem acts on, the endpoint's name, the texts
// that the guard reads and what is counted for the price; everything else passes on as it came,
// JSON and forms alike. Pure.
//   TRY(Call call, read_operation(operation, content_type, std::move(body)));
//   provider gets write_operation(call, "dall-e-3")
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cost/usage.h"
#include "gateway/call.h"

namespace tandem::gateway::openai {

struct Operation {
  CallKind kind;
  std::string_view path;  // below /v1 here and below the provider's base URL
  bool form;              // multipart/form-data instead of JSON
  std::string_view summary;
};
std::span<const Operation> operations();
const Operation& operation_of(std::string_view path);  // which must be one

// InvalidArgument names the field; UnsupportedMediaType where a form is wanted and JSON came.
Result<Call> read_operation(const Operation& operation, std::string_view content_type,
                            std::string body);

// Adds what such a call is expected to take beside its input tokens, for the reservation and for
// answers that do not say.
void add_expected(const Call& call, cost::Usage& estimate);

// The request as the provider shall get it: its own name of the model, and redactions.
std::string write_operation(const Call& call, std::string_view model);

}  // namespace tandem::gateway::openai
