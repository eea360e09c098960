// Requests and responses of the Open Inference Protocol v2 as plain values, whatever encoding they
// came in. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/tensor.h"

namespace tandem::engines::oip {

inline constexpr size_t kMaxTensors = 1024;  // inputs or outputs of one request
inline constexpr size_t kMaxRank = 32;

struct RequestedOutput {
  std::string name;
  std::optional<bool> binary;  // parameters.binary_data
};

struct InferRequest {
  std::string id;
  std::vector<Tensor> inputs;
  std::vector<RequestedOutput> outputs;  // none: all that the model has
  bool binary_by_default = false;        // parameters.binary_data_output
  std::optional<int64_t> timeout_us;     // parameters.timeout

  // Names of `outputs`, for Predictor::predict.
  std::vector<std::string> wanted() const;
  bool wants_binary(std::string_view output) const;
};

struct InferResponse {
  std::string model_name;
  std::string model_version;
  std::string id;
  std::vector<Tensor> outputs;
};

}  // namespace tandem::engines::oip
