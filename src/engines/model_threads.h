// The owner threads of one loaded model: a bounded queue of blocking jobs. A caller on an io thread
// awaits its job under its own deadline and cancellation; when either comes first it goes on at
// once, a waiting job leaves the queue, and a running one is asked to stop and finishes alone
// (it owns all that it touches).
//   auto job = std::make_shared<PredictJob>(...);
//   CO_TRY_VOID(co_await threads.run(context, job));   // then read the results out of *job
// One per model, owned by what owns the model; it must be destroyed before the io contexts of its
// callers. run() on any io thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/async/task.h"

namespace tandem {
struct RequestContext;
}

namespace tandem::engines {

class Job {
 public:
  virtual ~Job() = default;
  virtual void run() = 0;  // on an owner thread; may throw nothing
  virtual void stop() {}   // on another thread, before, during or after run(): return soon
};

class ModelThreads {
 public:
  ModelThreads(std::string model, size_t threads, size_t max_queued);
  ModelThreads(const ModelThreads&) = delete;
  ModelThreads& operator=(const ModelThreads&) = delete;
  ~ModelThreads();  // refuses what waits, stops what runs, joins

  // Success: job->run() has returned. Overloaded where the queue is full, DeadlineExceeded,
  // Cancelled, Unavailable where the model is unloaded. Adds the time to context.waited_us.
  Task<Result<void>> run(RequestContext& context, std::shared_ptr<Job> job);

  size_t queued() const;

 private:
  struct State;
  struct Waiting;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::engines
