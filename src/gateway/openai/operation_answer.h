// Reads what a provider answers to an operation (operation.h): the model's name, the texts that the
// guard reads, and what is counted for the price. Pure.
// Sources: OpenAI API reference (moderations, images, audio); Cohere "rerank" v2; Jina "reranker";
// vLLM "rerank API".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json/splice.h"
#include "base/result.h"
#include "cost/usage.h"
#include "gateway/call.h"
#include "gateway/openai/answer.h"

namespace tandem::gateway::openai {

struct OperationText {
  std::string text;
  json::Token token;
};

struct OperationAnswer {
  std::vector<json::Token> model_tokens;
  std::string model;
  std::vector<OperationText> texts;
  bool whole = false;                // what the operation answers is there
  std::optional<cost::Usage> usage;  // as far as the provider reported any
  std::optional<ProviderError> error;
};

// `body` gets spare capacity. UpstreamError: not JSON, or not an object.
Result<OperationAnswer> read_operation_answer(CallKind kind, std::string& body);

}  // namespace tandem::gateway::openai
