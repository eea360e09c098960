// Small helpers over ONNX Runtime's C API for the .cc files of this folder: owned handles, and its
// statuses as Errors. (The C++ API throws and binds to a global symbol; we open the library late.)
#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engines/tensor.h"

namespace tandem::engines::onnx {

template <class T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

struct Problem {
  OrtErrorCode code;
  std::string message;
};

// `message` without the source places and C++ signatures that ORT weaves into it.
std::string readable(std::string_view message);

// Takes `status`; nullopt where it is a success.
inline std::optional<Problem> take_problem(const OrtApi& api, OrtStatus* status) {
  if (!status) [[likely]]
    return std::nullopt;
  Problem problem{api.GetErrorCode(status), readable(api.GetErrorMessage(status))};
  api.ReleaseStatus(status);
  return problem;
}

std::optional<DataType> to_data_type(ONNXTensorElementDataType type);
ONNXTensorElementDataType to_onnx_type(DataType type);

}  // namespace tandem::engines::onnx

// Returns fail(make_error(problem)) from the calling function where an ORT call did not succeed.
#define ORT_TRY(api, call, make_error)                                    \
  do {                                                                    \
    if (auto problem_ = ::tandem::engines::onnx::take_problem(api, call)) \
      return ::tandem::fail(make_error(*problem_));                       \
  } while (false)
