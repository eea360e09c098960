#include "engines/onnx/api_internal.h"

namespace tandem::engines::onnx {

// "Exception …: /src/a.cc:296 Status f(int) [with T = float] Unable to find …" keeps its two ends.
std::string readable(std::string_view message) {
  std::string out(message);
  const size_t path = out.find("/onnxruntime");
  const size_t colon = path == std::string::npos ? path : out.find(':', path);
  if (colon != std::string::npos) {
    size_t end = out.find(' ', colon);
    if (const size_t with = out.find("[with ", colon); with != std::string::npos) {
      end = out.find("] ", with);
      if (end != std::string::npos) ++end;
    } else if (const size_t call = out.find(") ", colon); call != std::string::npos) {
      end = call + 1;
    }
    if (end != std::string::npos) out.erase(path, end + 1 - path);
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

std::optional<DataType> to_data_type(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      return DataType::Bool;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
      return DataType::Uint8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
      return DataType::Uint16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
      return DataType::Uint32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
      return DataType::Uint64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
      return DataType::Int8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
      return DataType::Int16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      return DataType::Int32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return DataType::Int64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      return DataType::Fp16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
      return DataType::Bf16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return DataType::Fp32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return DataType::Fp64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
      return DataType::Bytes;
    default:
      return std::nullopt;
  }
}

ONNXTensorElementDataType to_onnx_type(DataType type) {
  switch (type) {
    case DataType::Bool:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL;
    case DataType::Uint8:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
    case DataType::Uint16:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16;
    case DataType::Uint32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32;
    case DataType::Uint64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64;
    case DataType::Int8:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8;
    case DataType::Int16:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16;
    case DataType::Int32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    case DataType::Int64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    case DataType::Fp16:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
    case DataType::Bf16:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16;
    case DataType::Fp32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    case DataType::Fp64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
    case DataType::Bytes:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

}  // namespace tandem::engines::onnx
