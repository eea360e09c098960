// What the Open Inference Protocol codec can say about a request. Pure.
#pragma once

#include <string_view>

#include "base/error/error.h"
#include "engines/tensor.h"

namespace tandem::engines::oip::errors {

Error not_json(std::string_view reason);
Error bad_header_length(std::string_view value, size_t body_bytes);
Error wrong_field(std::string_view where, std::string_view expected);
Error missing_field(std::string_view where, std::string_view field);
Error unknown_datatype(std::string_view input, std::string_view datatype);
Error no_json_form(std::string_view input, DataType type);
Error no_data(std::string_view input);
Error repeated_field(std::string_view where, std::string_view field);
Error both_data(std::string_view input);
Error wrong_element(std::string_view input, size_t index, DataType type, std::string_view given);
Error ragged(std::string_view input, const Shape& shape, size_t depth, size_t expected,
             size_t given);
Error binary_too_short(std::string_view input, uint64_t wanted, size_t left);
Error binary_left_over(size_t bytes);
Error bad_bytes_framing(std::string_view input, size_t element);
Error not_supported(std::string_view where, std::string_view what);
Error too_many(std::string_view what, size_t most);
Error raw_needs_one_input(std::string_view model);
Error raw_wrong_size(std::string_view input, DataType type, const Shape& shape, size_t given);

}  // namespace tandem::engines::oip::errors
