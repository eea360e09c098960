// ONNX Runtime's library, opened at the first use of a model and never before: an idle server does
// not pay its 40 MB. One Runtime lives in the composition root and outlives every Session;
// library() may be called from any thread. A failed open is tried again at the next use.
//   onnx::Runtime runtime({.library_path = config.onnxruntime});
//   TRY(auto session, onnx::Session::load_file(runtime, "fraud.onnx", {.name = "fraud"}));
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"

struct OrtApi;
struct OrtEnv;
struct OrtAllocator;

namespace tandem::engines::onnx {

struct RuntimeOptions {
  // A file; empty: `cache_dir`/onnxruntime/lib, then the system's libonnxruntime.
  std::string library_path;
  // Empty: $TANDEM_CACHE, else ~/.cache/tandem.
  std::string cache_dir;
  // Bound of the working memory that all models share (weights not counted); 0: none.
  size_t arena_max_bytes = size_t{2} << 30;
};

// The opened library. Sessions share it, so that its environment outlives them.
struct Library {
  const OrtApi* api = nullptr;
  OrtEnv* env = nullptr;
  OrtAllocator* allocator = nullptr;  // ORT's own default, never freed
  std::string path;
  std::string version;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();
};

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});

  Result<std::shared_ptr<const Library>> library();
  bool opened() const;
  // The files that library() tries, in order.
  std::vector<std::string> candidates() const;

 private:
  RuntimeOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Library> library_;
};

}  // namespace tandem::engines::onnx
