#include "engines/onnx/values_internal.h"

#include <algorithm>

#include "engines/errors.h"

namespace tandem::engines::onnx {
namespace {

// How a status becomes an Error of the model that is being run.
struct Failing {
  std::string_view model;
  Error operator()(const Problem& problem) const {
    return errors::run_failed(model, problem.message);
  }
};

Result<void> fill_strings(const OrtApi& api, const Failing& failing, OrtValue* value,
                          const std::vector<std::string>& strings) {
  for (size_t i = 0; i < strings.size(); ++i) {
    // Not FillStringTensor: that one reads C strings, and BYTES may hold NUL.
    char* buffer = nullptr;
    ORT_TRY(api, api.GetResizedStringTensorElementBuffer(value, i, strings[i].size(), &buffer),
            failing);
    std::memcpy(buffer, strings[i].data(), strings[i].size());
  }
  return {};
}

Result<void> read_strings(const OrtApi& api, const Failing& failing, const OrtValue* value,
                          size_t count, std::vector<std::string>& out) {
  if (count == 0) return {};
  size_t total = 0;
  ORT_TRY(api, api.GetStringTensorDataLength(value, &total), failing);
  std::string all(total, '\0');
  std::vector<size_t> offsets(count);
  ORT_TRY(api, api.GetStringTensorContent(value, all.data(), total, offsets.data(), count),
          failing);
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t end = i + 1 < count ? offsets[i + 1] : total;
    out.emplace_back(all, offsets[i], end - offsets[i]);
  }
  return {};
}

Result<Tensor> from_tensor(const OrtApi& api, const Failing& failing, const std::string& name,
                           const OrtValue* value) {
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  ORT_TRY(api, api.GetTensorTypeAndShape(value, &raw), failing);
  const Handle<OrtTensorTypeAndShapeInfo> info(raw, api.ReleaseTensorTypeAndShapeInfo);
  ONNXTensorElementDataType onnx_type{};
  ORT_TRY(api, api.GetTensorElementType(raw, &onnx_type), failing);
  const auto type = to_data_type(onnx_type);
  if (!type) return fail(errors::unsupported_value(failing.model, name, "of an exotic type"));
  size_t rank = 0;
  ORT_TRY(api, api.GetDimensionsCount(raw, &rank), failing);
  Tensor tensor{name, *type, Shape(rank), {}, {}};
  if (rank) ORT_TRY(api, api.GetDimensions(raw, tensor.shape.data(), rank), failing);
  const auto count = element_count(tensor.shape);
  if (!count) return fail(errors::run_failed(failing.model, "an output has no size"));
  if (*type == DataType::Bytes) {
    TRY_VOID(read_strings(api, failing, value, *count, tensor.strings));
    return tensor;
  }
  void* data = nullptr;
  ORT_TRY(api, api.GetTensorMutableData(const_cast<OrtValue*>(value), &data), failing);
  const auto* begin = static_cast<const uint8_t*>(data);
  if (*count) tensor.bytes.assign(begin, begin + *count * element_size(*type));
  return tensor;
}

std::vector<std::string> as_text(const Tensor& keys) {
  if (keys.type == DataType::Bytes) return keys.strings;
  std::vector<std::string> out;
  for (const int64_t key : keys.values<int64_t>()) out.push_back(std::to_string(key));
  return out;
}

Result<Tensor> map_part(const Library& library, const Failing& failing, const OrtValue* map,
                        int part) {
  OrtValue* raw = nullptr;
  ORT_TRY(*library.api, library.api->GetValue(map, part, library.allocator, &raw), failing);
  const Handle<OrtValue> value(raw, library.api->ReleaseValue);
  return from_tensor(*library.api, failing, "", raw);
}

// scikit-learn's converters give probabilities as one map of class to score per row. The maps are
// ordered by class, so that the columns of the tensor are too.
Result<Tensor> from_maps(const Library& library, const Failing& failing, const TensorInfo& info,
                         const OrtValue* sequence, std::vector<std::string>* classes) {
  const OrtApi& api = *library.api;
  size_t rows = 0;
  ORT_TRY(api, api.GetValueCount(sequence, &rows), failing);
  Tensor out{info.name, info.type, {static_cast<int64_t>(rows), 0}, {}, {}};
  if (rows == 0 && info.shape.size() == 2 && info.shape[1] > 0) out.shape[1] = info.shape[1];
  Tensor first_keys;
  for (size_t row = 0; row < rows; ++row) {
    OrtValue* raw = nullptr;
    ORT_TRY(api, api.GetValue(sequence, static_cast<int>(row), library.allocator, &raw), failing);
    const Handle<OrtValue> map(raw, api.ReleaseValue);
    TRY(Tensor keys, map_part(library, failing, raw, 0));
    TRY(const Tensor scores, map_part(library, failing, raw, 1));
    if (row == 0) {
      first_keys = std::move(keys);
      out.shape[1] = first_keys.shape.empty() ? 0 : first_keys.shape[0];
      out.bytes.reserve(rows * scores.bytes.size());
    } else if (keys.bytes != first_keys.bytes || keys.strings != first_keys.strings) {
      return fail(errors::run_failed(failing.model, "its rows have different classes"));
    }
    out.bytes.insert(out.bytes.end(), scores.bytes.begin(), scores.bytes.end());
  }
  if (classes && rows) *classes = as_text(first_keys);
  return out;
}

}  // namespace

Result<Handle<OrtValue>> to_value(const Library& library, const OrtMemoryInfo* memory,
                                  std::string_view model, const Tensor& tensor) {
  const OrtApi& api = *library.api;
  const Failing failing{model};
  OrtValue* raw = nullptr;
  if (tensor.type != DataType::Bytes) {
    ORT_TRY(api,
            api.CreateTensorWithDataAsOrtValue(
                memory, const_cast<uint8_t*>(tensor.bytes.data()), tensor.bytes.size(),
                tensor.shape.data(), tensor.shape.size(), to_onnx_type(tensor.type), &raw),
            failing);
    return Handle<OrtValue>(raw, api.ReleaseValue);
  }
  ORT_TRY(api,
          api.CreateTensorAsOrtValue(library.allocator, tensor.shape.data(), tensor.shape.size(),
                                     ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &raw),
          failing);
  Handle<OrtValue> value(raw, api.ReleaseValue);
  TRY_VOID(fill_strings(api, failing, raw, tensor.strings));
  return value;
}

Result<Tensor> from_value(const Library& library, std::string_view model, const TensorInfo& info,
                          const OrtValue* value, std::vector<std::string>* classes) {
  const Failing failing{model};
  ONNXType type{};
  ORT_TRY(*library.api, library.api->GetValueType(value, &type), failing);
  if (type == ONNX_TYPE_SEQUENCE) return from_maps(library, failing, info, value, classes);
  return from_tensor(*library.api, failing, info.name, value);
}

namespace {

std::optional<TensorInfo> tensor_info(const OrtApi& api, const OrtTypeInfo* type,
                                      std::string& what) {
  const OrtTensorTypeAndShapeInfo* raw = nullptr;
  if (take_problem(api, api.CastTypeInfoToTensorInfo(type, &raw)) || !raw) return std::nullopt;
  ONNXTensorElementDataType element{};
  size_t rank = 0;
  if (take_problem(api, api.GetTensorElementType(raw, &element)) ||
      take_problem(api, api.GetDimensionsCount(raw, &rank))) {
    return std::nullopt;
  }
  const auto data_type = to_data_type(element);
  if (!data_type) {
    what = "a tensor of ONNX element type " + std::to_string(element);
    return std::nullopt;
  }
  TensorInfo info{"", *data_type, Shape(rank), {}};
  if (rank && take_problem(api, api.GetDimensions(raw, info.shape.data(), rank))) {
    return std::nullopt;
  }
  for (int64_t& dimension : info.shape) dimension = std::max<int64_t>(dimension, -1);
  return info;
}

// sequence(map(int64 or string, tensor of scores)), as skl2onnx makes.
std::optional<TensorInfo> maps_info(const OrtApi& api, const OrtTypeInfo* type, std::string& what) {
  what = "a sequence of something else than maps";
  const OrtSequenceTypeInfo* sequence = nullptr;
  OrtTypeInfo* element = nullptr;
  if (take_problem(api, api.CastTypeInfoToSequenceTypeInfo(type, &sequence)) || !sequence ||
      take_problem(api, api.GetSequenceElementType(sequence, &element))) {
    return std::nullopt;
  }
  const Handle<OrtTypeInfo> owned_element(element, api.ReleaseTypeInfo);
  const OrtMapTypeInfo* map = nullptr;
  OrtTypeInfo* value = nullptr;
  if (take_problem(api, api.CastTypeInfoToMapTypeInfo(element, &map)) || !map ||
      take_problem(api, api.GetMapValueType(map, &value))) {
    return std::nullopt;
  }
  const Handle<OrtTypeInfo> owned_value(value, api.ReleaseTypeInfo);
  auto info = tensor_info(api, value, what);
  if (info) info->shape = {-1, -1};
  return info;
}

}  // namespace

std::optional<TensorInfo> to_info(const OrtApi& api, const OrtTypeInfo* info, std::string& what) {
  ONNXType type{};
  what = "of an unknown kind";
  if (take_problem(api, api.GetOnnxTypeFromTypeInfo(info, &type))) return std::nullopt;
  switch (type) {
    case ONNX_TYPE_TENSOR:
      return tensor_info(api, info, what);
    case ONNX_TYPE_SEQUENCE:
      return maps_info(api, info, what);
    case ONNX_TYPE_MAP:
      what = "a map";
      return std::nullopt;
    case ONNX_TYPE_SPARSETENSOR:
      what = "a sparse tensor";
      return std::nullopt;
    case ONNX_TYPE_OPTIONAL:
      what = "an optional value";
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace tandem::engines::onnx
