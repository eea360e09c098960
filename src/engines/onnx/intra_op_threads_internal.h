// The threads that ONNX Runtime makes for one session with intra_op_threads > 1, so that a run's
// CPU time includes theirs. Owned by the session; cpu_ns() from any thread.
#pragma once

#include <onnxruntime_c_api.h>
#include <time.h>

#include <mutex>
#include <vector>

namespace tandem::engines::onnx {

class IntraOpThreads {
 public:
  // The total CPU time of all threads so far.
  int64_t cpu_ns() const;

  // For OrtApi::SessionOptionsSetCustomCreateThreadFn and its companions; `self` is an
  // IntraOpThreads.
  static OrtCustomThreadHandle create(void* self, OrtThreadWorkerFn work, void* argument);
  static void join(OrtCustomThreadHandle handle);

 private:
  mutable std::mutex mutex_;
  std::vector<clockid_t> clocks_;
};

}  // namespace tandem::engines::onnx
