// One loaded ONNX model. run() blocks, may be called from any number of threads at once (ONNX
// Runtime allows it, so a "pool" of sessions is one session with several threads), and copies its
// results out. The Runtime that loaded it may go first. Who runs it where: onnx/runner.h.
//   TRY(auto session, onnx::Session::load_file(runtime, path, {.name = "fraud"}));
//   TRY(auto result, session->run(inputs));
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engines/onnx/runtime.h"
#include "engines/tensor.h"

namespace tandem::engines::onnx {

// What happens to working memory between runs. Off: malloc and free each time. Keep: the shared
// arena keeps what the largest run needed. Shrink: the arena gives free blocks back after each run.
enum class Arena : uint8_t { Off, Keep, Shrink };

struct SessionOptions {
  std::string name;          // for error sentences and logs
  int intra_op_threads = 1;  // threads inside one run
  Arena arena = Arena::Keep;
  // Runs zeros through the model once: pays the first run's cost early and learns the classes of
  // map outputs. A model that refuses zeros loads all the same.
  bool warm_up = true;
};

// Reading the CPU clock of a thread is a system call, 0.6 us each time: a quarter of a small
// model's run. Wall takes the time that passed instead.
enum class CpuClock : uint8_t { Thread, Wall };

struct RunResult {
  std::vector<Tensor> outputs;
  int64_t wall_ns = 0;
  // CPU time of this run: of the calling thread, and of the session's intra-op threads (which runs
  // that overlap in one session with intra_op_threads > 1 count together).
  int64_t cpu_ns = 0;
};

// The switch of one run: stop() makes it return at its next node. Any thread; may outlive the run.
class RunControl {
 public:
  ~RunControl();
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;
  void stop();
  bool stopped() const;

 private:
  friend class Session;
  RunControl();
  struct State;
  std::unique_ptr<State> state_;
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> load_file(Runtime& runtime, const std::string& path,
                                                    SessionOptions options);
  // `model` is not needed after the call.
  static Result<std::unique_ptr<Session>> load_bytes(Runtime& runtime,
                                                     std::span<const uint8_t> model,
                                                     SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& name() const;
  std::span<const TensorInfo> inputs() const;
  // Outputs that can be served; others of the model are left out and logged at load.
  std::span<const TensorInfo> outputs() const;
  int intra_op_threads() const;

  // Checks `tensors` against inputs() and runs. `wanted`: names of outputs; none: all of them.
  // InvalidArgument names the tensor at fault; Cancelled where `control` was stopped.
  Result<RunResult> run(std::span<const Tensor> tensors, std::span<const std::string> wanted = {},
                        RunControl* control = nullptr, CpuClock clock = CpuClock::Thread) const;
  Result<std::unique_ptr<RunControl>> make_control() const;

 private:
  struct State;
  struct Call;
  explicit Session(std::unique_ptr<State> state);
  static Result<std::unique_ptr<Session>> create(Runtime& runtime, const std::string* path,
                                                 std::span<const uint8_t> model,
                                                 SessionOptions options);
  void warm_up();

  std::unique_ptr<State> state_;
};

}  // namespace tandem::engines::onnx
