// Every sentence that the in-process engines can say to a user. Each names the input or model at
// fault, what was expected and what was given. Pure.
#pragma once

#include <string_view>

#include "base/error/error.h"
#include "engines/tensor.h"

namespace tandem::engines::errors {

Error bad_shape(const Tensor& tensor);
Error wrong_element_count(std::string_view input, const Shape& shape, size_t expected,
                          size_t given);
Error wrong_byte_count(std::string_view input, DataType type, const Shape& shape, size_t expected,
                       size_t given);
Error wrong_type(const Tensor& tensor, const TensorInfo& expected);
Error wrong_shape(const Tensor& tensor, const TensorInfo& expected);
Error missing_input(std::string_view model, std::string_view input);
Error unknown_input(std::string_view model, std::string_view input,
                    std::span<const TensorInfo> known);
Error duplicate_input(std::string_view input);
Error unknown_output(std::string_view model, std::string_view output,
                     std::span<const TensorInfo> known);

Error runtime_missing(std::string_view tried);
Error runtime_too_old(std::string_view path, std::string_view version);
Error model_file_unreadable(std::string_view path, std::string_view reason);
Error model_invalid(std::string_view model, std::string_view reason);
Error unsupported_value(std::string_view model, std::string_view name, std::string_view what);
Error run_failed(std::string_view model, std::string_view reason);
Error run_refused(std::string_view model, std::string_view reason);
Error out_of_arena(std::string_view model);
Error deadline_passed(std::string_view model);
Error cancelled(std::string_view model);
Error queue_full(std::string_view model, size_t waiting);
Error stopping(std::string_view model);

Error vocabulary_invalid(std::string_view path, std::string_view reason);
Error not_a_bert_model(std::string_view model, size_t output_rank);
Error input_too_long(size_t index, size_t tokens, size_t most);
Error empty_text(size_t index);
Error empty_query();
Error wrong_dimensions(int64_t asked, int64_t have);

}  // namespace tandem::engines::errors
