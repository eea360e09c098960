// JobQueue: the bounded queue in front of the database threads. Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "store/db.h"

namespace tandem::store {

struct QueuedJob {
  std::function<Result<void>(Connection&)> body;
  std::function<void(Result<void>)> done;
};

class JobQueue {
 public:
  explicit JobQueue(size_t capacity) : capacity_(capacity) {}

  enum class Push : uint8_t { Queued, Full, Stopping };
  Push push(QueuedJob job);
  // The oldest job; waits for one. nullopt once the queue is stopped and empty.
  std::optional<QueuedJob> wait_pop();
  std::optional<QueuedJob> try_pop();
  bool empty() const;
  size_t size() const;
  void stop();

 private:
  const size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<QueuedJob> jobs_;
  bool stopping_ = false;
};

}  // namespace tandem::store
