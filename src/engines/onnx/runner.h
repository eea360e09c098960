// A Session and where its runs happen: on owner threads with a bounded queue, or, where the model
// has proved short for inputs of that size (onnx/inline_policy.h), right on the calling io thread.
// One per model; see model_threads.h for its lifetime.
//   CO_TRY(auto result, co_await runner.run(context, tensors, {}));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "engines/model_threads.h"
#include "engines/onnx/session.h"

namespace tandem::engines::onnx {

struct RunnerOptions {
  size_t threads = 1;
  size_t max_queued = 256;
  // Only where the session has one intra-op thread; 0 turns inline runs off.
  int64_t inline_below_us = 200;
};

class Runner {
 public:
  Runner(std::unique_ptr<Session> session, RunnerOptions options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  const Session& session() const;
  ModelThreads& threads();

  // `tensors` live until it returns, and are copied only where another thread runs the model: an
  // abandoned run owns what it reads. `wanted`: names of outputs; none: all. Errors as of
  // Session::run and ModelThreads::run.
  Task<Result<RunResult>> run(RequestContext& context, const std::vector<Tensor>& tensors,
                              std::vector<std::string> wanted);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::engines::onnx
