#include "engines/oip/errors.h"

#include <fmt/format.h>

namespace tandem::engines::oip::errors {
namespace {

Error invalid(std::string message, std::string hint, std::string_view param) {
  return Error(Code::InvalidArgument, std::move(message), std::move(hint), std::string(param));
}

}  // namespace

Error not_json(std::string_view reason) {
  return invalid(fmt::format("The request is not valid JSON: {}.", reason), {}, {});
}

Error bad_header_length(std::string_view value, size_t body_bytes) {
  return invalid(
      fmt::format("Inference-Header-Content-Length is \"{}\", but the body has {} bytes.", value,
                  body_bytes),
      "It is the length of the JSON that the body begins with, in bytes.",
      "Inference-Header-Content-Length");
}

Error wrong_field(std::string_view where, std::string_view expected) {
  return invalid(fmt::format("{} must be {}.", where, expected), {}, where);
}

Error missing_field(std::string_view where, std::string_view field) {
  return invalid(fmt::format("{} lacks \"{}\".", where, field), {}, field);
}

Error unknown_datatype(std::string_view input, std::string_view datatype) {
  return invalid(fmt::format("Input \"{}\" has the unknown datatype \"{}\".", input, datatype),
                 "Known are BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, "
                 "BF16, FP32, FP64 and BYTES.",
                 input);
}

Error no_json_form(std::string_view input, DataType type) {
  return invalid(
      fmt::format("Input \"{}\" is {}, which has no form in JSON.", input, name_of(type)),
      "Send it as binary data (binary_data_size), or over gRPC.", input);
}

Error no_data(std::string_view input) {
  return invalid(fmt::format("Input \"{}\" has no data.", input),
                 "Give \"data\", or \"parameters\": {\"binary_data_size\": …} and bytes after the "
                 "JSON.",
                 input);
}

Error repeated_field(std::string_view where, std::string_view field) {
  return invalid(fmt::format("{} has \"{}\" more than once.", where, field), "Give it once.",
                 field);
}

Error both_data(std::string_view input) {
  return invalid(fmt::format("Input \"{}\" has both data and binary_data_size.", input),
                 "Give one of the two.", input);
}

Error wrong_element(std::string_view input, size_t index, DataType type, std::string_view given) {
  return invalid(fmt::format("Element {} of input \"{}\" is {}, but {} was expected.", index, input,
                             given, name_of(type)),
                 {}, input);
}

Error ragged(std::string_view input, const Shape& shape, size_t depth, size_t expected,
             size_t given) {
  return invalid(
      fmt::format("Input \"{}\" has an array at depth {} that holds {} elements, but its "
                  "shape {} needs {} there.",
                  input, depth, given, describe(shape), expected),
      "Send the data flat in row-major order, or nested like the shape.", input);
}

Error binary_too_short(std::string_view input, uint64_t wanted, size_t left) {
  return invalid(fmt::format("Input \"{}\" has binary_data_size {}, but only {} bytes are left.",
                             input, wanted, left),
                 "Binary data follow the JSON in the order of the inputs.", input);
}

Error binary_left_over(size_t bytes) {
  return invalid(fmt::format("{} bytes follow the last input.", bytes),
                 "Check the sum of binary_data_size and Inference-Header-Content-Length.", {});
}

Error bad_bytes_framing(std::string_view input, size_t element) {
  return invalid(fmt::format("Input \"{}\" is cut short in element {}.", input, element),
                 "Each element of BYTES is its length in 4 bytes, little-endian, then the bytes.",
                 input);
}

Error not_supported(std::string_view where, std::string_view what) {
  return Error(Code::NotImplemented, fmt::format("{}: {} is not supported.", where, what), {},
               std::string(what));
}

Error too_many(std::string_view what, size_t most) {
  return invalid(fmt::format("There are more than {} {}.", most, what), {}, what);
}

Error raw_needs_one_input(std::string_view model) {
  return invalid(
      fmt::format("A request without JSON needs a model with one input of at most one variable "
                  "dimension; \"{}\" is none.",
                  model),
      "Send JSON first, and its length in Inference-Header-Content-Length.", {});
}

Error raw_wrong_size(std::string_view input, DataType type, const Shape& shape, size_t given) {
  return invalid(fmt::format("The body has {} bytes, which is no size of input \"{}\" {} {}.",
                             given, input, name_of(type), describe(shape)),
                 {}, input);
}

}  // namespace tandem::engines::oip::errors
