// tandem_bench_raw_onnx: times the bare ONNX Runtime call that a predictive request ends in, on one
// thread in one process, so that `predict` can say what serving adds. Prints one line of JSON.
//   raw_onnx --library libonnxruntime.so.1 --model model.onnx --row row.f32 --count 5000
#include <CLI/CLI.hpp>
#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "loadgen/histogram.h"
#include "wire/clock.h"
#include "wire/socket.h"

namespace {

using tandem::bench::Histogram;
using tandem::bench::now_ns;

struct Options {
  std::string library;
  std::string model;
  std::string row;  // one row of little-endian float32
  uint32_t count = 5000;
  uint32_t warmup = 500;
};

const OrtApi* api = nullptr;

void check(OrtStatus* status) {
  if (status != nullptr) {
    throw std::runtime_error(api->GetErrorMessage(status));
  }
}

void open_library(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw std::runtime_error(dlerror());
  }
  using GetBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(library, "OrtGetApiBase"));
  api = get_base == nullptr ? nullptr : get_base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    throw std::runtime_error(path + " does not speak the API of the headers");
  }
}

std::vector<float> read_row(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty() || bytes.size() % sizeof(float) != 0) {
    throw std::runtime_error(path + " is not a row of float32");
  }
  std::vector<float> row(bytes.size() / sizeof(float));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(row.data()));
  return row;
}

std::vector<std::string> output_names(OrtSession* session, OrtAllocator* allocator) {
  size_t count = 0;
  check(api->SessionGetOutputCount(session, &count));
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    check(api->SessionGetOutputName(session, i, allocator, &name));
    names.emplace_back(name);
    check(api->AllocatorFree(allocator, name));
  }
  return names;
}

// What every server must do for one row: wrap the bytes, run, let the outputs go.
void predict_once(OrtSession* session, OrtMemoryInfo* memory, std::vector<float>& row,
                  const char* input, const std::vector<const char*>& outputs) {
  const int64_t shape[] = {1, static_cast<int64_t>(row.size())};
  OrtValue* tensor = nullptr;
  check(api->CreateTensorWithDataAsOrtValue(memory, row.data(), row.size() * sizeof(float), shape,
                                            2, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &tensor));
  std::vector<OrtValue*> results(outputs.size(), nullptr);
  check(api->Run(session, nullptr, &input, &tensor, 1, outputs.data(), outputs.size(),
                 results.data()));
  for (OrtValue* result : results) {
    api->ReleaseValue(result);
  }
  api->ReleaseValue(tensor);
}

Histogram measure(const Options& options) {
  open_library(options.library);
  OrtEnv* env = nullptr;
  OrtSessionOptions* session_options = nullptr;
  OrtSession* session = nullptr;
  OrtAllocator* allocator = nullptr;
  OrtMemoryInfo* memory = nullptr;
  check(api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "bench", &env));
  check(api->CreateSessionOptions(&session_options));
  check(api->SetIntraOpNumThreads(session_options, 1));
  check(api->CreateSession(env, options.model.c_str(), session_options, &session));
  check(api->GetAllocatorWithDefaultOptions(&allocator));
  check(api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  char* input = nullptr;
  check(api->SessionGetInputName(session, 0, allocator, &input));
  const std::vector<std::string> names = output_names(session, allocator);
  std::vector<const char*> outputs;
  for (const std::string& name : names) {
    outputs.push_back(name.c_str());
  }
  std::vector<float> row = read_row(options.row);
  Histogram histogram;
  for (uint32_t i = 0; i < options.warmup + options.count; ++i) {
    const uint64_t start = now_ns();
    predict_once(session, memory, row, input, outputs);
    if (i >= options.warmup) {
      histogram.record(now_ns() - start);
    }
  }
  return histogram;  // the process ends here; the runtime's objects end with it
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Times the bare ONNX Runtime call of a model with one float input."};
  app.add_option("--library", options.library)->required();
  app.add_option("--model", options.model)->required();
  app.add_option("--row", options.row, "a file of float32")->required();
  app.add_option("--count", options.count)->check(CLI::Range(1, 10'000'000));
  app.add_option("--warmup", options.warmup);
  CLI11_PARSE(app, argc, argv);
  tandem::bench::stop_by_itself(600);
  try {
    const Histogram histogram = measure(options);
    const auto us = [&](double quantile) {
      return static_cast<double>(histogram.quantile(quantile)) / 1000.0;
    };
    fmt::print("{{\"count\":{},\"p50\":{:.1f},\"p90\":{:.1f},\"p99\":{:.1f}}}\n",
               histogram.count(), us(0.5), us(0.9), us(0.99));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "raw_onnx: %s\n", error.what());
    return 1;
  }
  return 0;
}
