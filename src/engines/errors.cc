#include "engines/errors.h"

#include <fmt/format.h>

#include "base/text/encode.h"

namespace tandem::engines::errors {
namespace {

std::string names_of(std::span<const TensorInfo> known) {
  std::string out;
  for (const TensorInfo& info : known) {
    if (!out.empty()) out += ", ";
    out += '"' + info.name + '"';
  }
  return out;
}

std::string nearest_hint(std::string_view name, std::span<const TensorInfo> known,
                         std::string_view noun) {
  std::vector<std::string> names;
  for (const TensorInfo& info : known) names.push_back(info.name);
  const std::string_view near = text::nearest(name, names);
  if (!near.empty()) return fmt::format("Did you mean \"{}\"?", near);
  return fmt::format("Its {} are {}.", noun, names_of(known));
}

}  // namespace

Error bad_shape(const Tensor& tensor) {
  return Error(Code::InvalidArgument,
               fmt::format("Input \"{}\" has the shape {}, which is no size.", tensor.name,
                           describe(tensor.shape)),
               "Dimensions are 0 or more, and their product must fit the request.", tensor.name);
}

Error wrong_element_count(std::string_view input, const Shape& shape, size_t expected,
                          size_t given) {
  return Error(Code::InvalidArgument,
               fmt::format("Input \"{}\" has {} elements, but its shape {} needs {}.", input, given,
                           describe(shape), expected),
               "Send the data flat in row-major order, or nested like the shape.",
               std::string(input));
}

Error wrong_byte_count(std::string_view input, DataType type, const Shape& shape, size_t expected,
                       size_t given) {
  return Error(Code::InvalidArgument,
               fmt::format("Input \"{}\" has {} bytes of data, but {} {} needs {}.", input, given,
                           name_of(type), describe(shape), expected),
               "Check binary_data_size, the shape and the datatype.", std::string(input));
}

Error wrong_type(const Tensor& tensor, const TensorInfo& expected) {
  return Error(
      Code::InvalidArgument,
      fmt::format("Input \"{}\" has the datatype {}, but the model expects {} {}.", tensor.name,
                  name_of(tensor.type), name_of(expected.type), describe(expected.shape)),
      {}, tensor.name);
}

Error wrong_shape(const Tensor& tensor, const TensorInfo& expected) {
  return Error(
      Code::InvalidArgument,
      fmt::format("Input \"{}\" has the shape {}, but the model expects {} {}.", tensor.name,
                  describe(tensor.shape), name_of(expected.type), describe(expected.shape)),
      "A -1 in the expected shape stands for any size.", tensor.name);
}

Error missing_input(std::string_view model, std::string_view input) {
  return Error(Code::InvalidArgument,
               fmt::format("Input \"{}\" of model \"{}\" is missing.", input, model), {},
               std::string(input));
}

Error unknown_input(std::string_view model, std::string_view input,
                    std::span<const TensorInfo> known) {
  return Error(Code::InvalidArgument,
               fmt::format("Model \"{}\" has no input \"{}\".", model, input),
               nearest_hint(input, known, "inputs"), std::string(input));
}

Error duplicate_input(std::string_view input) {
  return Error(Code::InvalidArgument, fmt::format("Input \"{}\" is given twice.", input), {},
               std::string(input));
}

Error unknown_output(std::string_view model, std::string_view output,
                     std::span<const TensorInfo> known) {
  return Error(Code::InvalidArgument,
               fmt::format("Model \"{}\" has no output \"{}\".", model, output),
               nearest_hint(output, known, "outputs"), std::string(output));
}

Error runtime_missing(std::string_view tried) {
  return Error(Code::Unavailable, fmt::format("ONNX Runtime could not be opened. Tried: {}", tried),
               "Run scripts/setup, install libonnxruntime, or set engines.onnxruntime to the path "
               "of libonnxruntime.so.1.");
}

Error runtime_too_old(std::string_view path, std::string_view version) {
  return Error(Code::Unavailable,
               fmt::format("{} is ONNX Runtime {}, which is too old.", path, version),
               "Tandem needs 1.21 or newer.");
}

Error model_file_unreadable(std::string_view path, std::string_view reason) {
  return Error(Code::NotFound, fmt::format("The model file {} cannot be read: {}.", path, reason));
}

Error model_invalid(std::string_view model, std::string_view reason) {
  return Error(Code::InvalidArgument,
               fmt::format("Model \"{}\" is not a valid ONNX model: {}", model, reason),
               "Check that the file is complete, and that onnx.checker accepts it.");
}

Error unsupported_value(std::string_view model, std::string_view name, std::string_view what) {
  return Error(
      Code::NotImplemented,
      fmt::format("\"{}\" of model \"{}\" is {}, which cannot be served.", name, model, what),
      "Tensors of numbers, booleans and strings can be served, and as outputs also "
      "sequences of maps from class to score.",
      std::string(name));
}

Error run_failed(std::string_view model, std::string_view reason) {
  return Error(Code::Internal, fmt::format("Model \"{}\" failed: {}", model, reason));
}

Error run_refused(std::string_view model, std::string_view reason) {
  return Error(Code::InvalidArgument,
               fmt::format("Model \"{}\" refused its input: {}", model, reason));
}

Error out_of_arena(std::string_view model) {
  return Error(Code::PayloadTooLarge,
               fmt::format("Model \"{}\" needs more memory for this input than its limit.", model),
               "Send fewer rows at a time, or raise engines.arena_max_bytes.");
}

Error deadline_passed(std::string_view model) {
  return Error(Code::DeadlineExceeded,
               fmt::format("The deadline passed before model \"{}\" had answered.", model));
}

Error cancelled(std::string_view model) {
  return Error(Code::Cancelled,
               fmt::format("The call of model \"{}\" was cancelled by its client.", model));
}

Error queue_full(std::string_view model, size_t waiting) {
  Error error(Code::Overloaded,
              fmt::format("{} calls wait for model \"{}\" already.", waiting, model),
              "Retry after a second, or give the model more threads.");
  error.retry_after_s = 1;
  return error;
}

Error stopping(std::string_view model) {
  return Error(Code::Unavailable, fmt::format("Model \"{}\" is being unloaded.", model));
}

Error vocabulary_invalid(std::string_view path, std::string_view reason) {
  return Error(Code::InvalidArgument,
               fmt::format("{} is not a usable WordPiece vocabulary: {}", path, reason));
}

Error not_a_bert_model(std::string_view model, size_t output_rank) {
  return Error(Code::InvalidArgument,
               fmt::format("Model \"{}\" is not a BERT-like text model.", model),
               fmt::format("Such a model takes INT64 input_ids, attention_mask and optionally "
                           "token_type_ids of rank 2, and gives FP32 of rank {}.",
                           output_rank));
}

Error input_too_long(size_t index, size_t tokens, size_t most) {
  return Error(
      Code::ContextLengthExceeded,
      fmt::format("input[{}] has {} tokens, but the model reads at most {}.", index, tokens, most),
      "Cut the text into shorter pieces.", "input");
}

Error empty_text(size_t index) {
  return Error(Code::InvalidArgument, fmt::format("input[{}] is empty.", index), {}, "input");
}

Error empty_query() {
  return Error(Code::InvalidArgument, "query is empty.", {}, "query");
}

Error wrong_dimensions(int64_t asked, int64_t have) {
  return Error(Code::InvalidArgument,
               fmt::format("dimensions is {}, but this model's vectors have {}.", asked, have),
               "Leave dimensions out.", "dimensions");
}

}  // namespace tandem::engines::errors
