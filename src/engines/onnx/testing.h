// What the tests of engines share: the test models, the cache and the answers of Python's ONNX
// Runtime (testdata/make_models.py).
#pragma once

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "engines/onnx/runtime.h"
#include "engines/tensor.h"

namespace tandem::engines::testing {

inline std::string data_path(const std::string& name) {
  return std::string(TANDEM_ENGINES_TESTDATA) + "/" + name;
}

inline std::string cache_path(const std::string& name) {
  return std::string(TANDEM_TEST_CACHE) + "/" + name;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

inline onnx::RuntimeOptions runtime_options() {
  return {.library_path = {}, .cache_dir = TANDEM_TEST_CACHE};
}

inline const boost::json::object& expected_models() {
  static const boost::json::value value =
      boost::json::parse(read_file(data_path("models_expected.json")));
  return value.as_object();
}

// Which int8 kernels ONNX Runtime picks here; they differ by about 1e-3 from one another.
inline std::vector<std::string> instruction_sets() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("flags")) {
  }
  line += ' ';
  std::vector<std::string> out;
  for (const char* flag : {"avx2", "avx512bw", "avx512_vnni", "avx_vnni", "amx_int8"}) {
    if (line.find(std::string(" ") + flag + " ") != std::string::npos) out.push_back(flag);
  }
  return out;
}

// A tensor from {"shape": […], "data": […]} of the expectations.
inline Tensor to_tensor(std::string name, DataType type, const boost::json::object& json) {
  Tensor tensor{std::move(name), type, {}, {}, {}};
  for (const auto& dimension : json.at("shape").as_array()) {
    tensor.shape.push_back(dimension.to_number<int64_t>());
  }
  std::vector<float> floats;
  for (const auto& value : json.at("data").as_array()) {
    if (value.is_string())
      tensor.strings.emplace_back(value.as_string());
    else
      floats.push_back(value.to_number<float>());
  }
  if (type == DataType::Fp32) set_values<float>(tensor, std::span<const float>(floats));
  return tensor;
}

}  // namespace tandem::engines::testing
