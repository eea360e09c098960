// The tensors that BERT-like ONNX models take, and loading such a model with its tokenizer.
// Shared by Embedder and Reranker. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/onnx/session.h"
#include "engines/wordpiece.h"

namespace tandem::engines {

// input_ids and attention_mask, and token_type_ids where `with_types`; one row.
std::vector<Tensor> bert_inputs(const Encoding& encoding, bool with_types);

// Whether the model has the input token_type_ids; an error where it is no BERT-like model, or its
// first output is not FP32 of rank `output_rank`.
Result<bool> check_bert_model(const onnx::Session& session, size_t output_rank);

// `folder`/tokenizer.json, else `folder`/vocab.txt.
Result<std::shared_ptr<const Tokenizer>> load_tokenizer(const std::string& folder);

}  // namespace tandem::engines
