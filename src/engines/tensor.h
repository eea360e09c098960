// Tensors as plain values: what predictive models take and give, whatever protocol they came by.
// Numbers are little-endian and row-major in `bytes` (BOOL is one byte, 0 or 1); BYTES elements are
// in `strings`. A tensor owns its data; pure, any thread.
//   Tensor x{"input", DataType::Fp32, {1, 4}}; set_values<float>(x, {5.1f, 3.5f, 1.4f, 0.2f});
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::engines {

// The datatypes of the Open Inference Protocol v2.
enum class DataType : uint8_t {
  Bool,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Int8,
  Int16,
  Int32,
  Int64,
  Fp16,
  Bf16,
  Fp32,
  Fp64,
  Bytes,
};

std::string_view name_of(DataType type);  // "FP32"
std::optional<DataType> find_data_type(std::string_view name);
size_t element_size(DataType type);  // bytes of one element; 0 for BYTES

using Shape = std::vector<int64_t>;  // -1 in metadata: any size

std::string describe(const Shape& shape);  // "[-1,4]"

struct Tensor {
  std::string name;
  DataType type = DataType::Fp32;
  Shape shape;
  std::vector<uint8_t> bytes;
  std::vector<std::string> strings;

  // The elements of a numeric tensor; T must be as wide as the type's elements.
  template <class T>
  std::span<const T> values() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  size_t size_bytes() const;  // of the data, strings included
};

template <class T>
void set_values(Tensor& tensor, std::span<const T> values) {
  tensor.bytes.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
}
template <class T>
void set_values(Tensor& tensor, std::initializer_list<T> values) {
  set_values<T>(tensor, std::span<const T>(values.begin(), values.size()));
}

// What a model says of one input or output.
struct TensorInfo {
  std::string name;
  DataType type = DataType::Fp32;
  Shape shape;  // -1: any size. Empty: a scalar, or the model does not say
  // The classes of the columns where the model gives a map of class to score (scikit-learn's
  // default) and they are known; else empty.
  std::vector<std::string> classes;
};

// The product of `shape`: nullopt where a dimension is negative or the product exceeds 2^48.
std::optional<size_t> element_count(std::span<const int64_t> shape);

// The data of `tensor` is as long as its shape and type say; the error names the tensor.
Result<void> check_data(const Tensor& tensor);

// `tensor` is one that `expected` describes (type, rank, fixed dimensions).
Result<void> check_against(const Tensor& tensor, const TensorInfo& expected);

}  // namespace tandem::engines
