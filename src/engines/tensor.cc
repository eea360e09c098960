#include "engines/tensor.h"

#include <array>

#include "engines/errors.h"

namespace tandem::engines {
namespace {

struct TypeRow {
  std::string_view name;
  size_t size;
};

constexpr std::array<TypeRow, 14> kTypes{{{"BOOL", 1},
                                          {"UINT8", 1},
                                          {"UINT16", 2},
                                          {"UINT32", 4},
                                          {"UINT64", 8},
                                          {"INT8", 1},
                                          {"INT16", 2},
                                          {"INT32", 4},
                                          {"INT64", 8},
                                          {"FP16", 2},
                                          {"BF16", 2},
                                          {"FP32", 4},
                                          {"FP64", 8},
                                          {"BYTES", 0}}};
static_assert(kTypes.size() == static_cast<size_t>(DataType::Bytes) + 1);

constexpr uint64_t kMaxElements = uint64_t{1} << 48;

}  // namespace

std::string_view name_of(DataType type) {
  return kTypes[static_cast<size_t>(type)].name;
}

std::optional<DataType> find_data_type(std::string_view name) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name == name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

size_t element_size(DataType type) {
  return kTypes[static_cast<size_t>(type)].size;
}

std::string describe(const Shape& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i) out += ',';
    out += std::to_string(shape[i]);
  }
  return out + "]";
}

size_t Tensor::size_bytes() const {
  size_t total = bytes.size();
  for (const std::string& text : strings) total += text.size();
  return total;
}

std::optional<size_t> element_count(std::span<const int64_t> shape) {
  uint64_t count = 1;
  bool zero = false;
  for (const int64_t dimension : shape) {
    if (dimension < 0) return std::nullopt;
    if (dimension == 0) zero = true;
    if (zero) continue;
    if (static_cast<uint64_t>(dimension) > kMaxElements / count) return std::nullopt;
    count *= static_cast<uint64_t>(dimension);
  }
  return zero ? 0 : static_cast<size_t>(count);
}

Result<void> check_data(const Tensor& tensor) {
  const auto count = element_count(tensor.shape);
  if (!count) return fail(errors::bad_shape(tensor));
  if (tensor.type == DataType::Bytes) {
    if (tensor.strings.size() != *count) {
      return fail(
          errors::wrong_element_count(tensor.name, tensor.shape, *count, tensor.strings.size()));
    }
    return {};
  }
  const size_t expected = *count * element_size(tensor.type);
  if (tensor.bytes.size() != expected) {
    return fail(errors::wrong_byte_count(tensor.name, tensor.type, tensor.shape, expected,
                                         tensor.bytes.size()));
  }
  return {};
}

Result<void> check_against(const Tensor& tensor, const TensorInfo& expected) {
  if (tensor.type != expected.type) return fail(errors::wrong_type(tensor, expected));
  bool fits = expected.shape.empty() || tensor.shape.size() == expected.shape.size();
  for (size_t i = 0; fits && i < expected.shape.size(); ++i) {
    fits = tensor.shape[i] >= 0 && (expected.shape[i] < 0 || expected.shape[i] == tensor.shape[i]);
  }
  if (!fits) return fail(errors::wrong_shape(tensor, expected));
  return check_data(tensor);
}

}  // namespace tandem::engines
