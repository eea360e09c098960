// Event: one task of an io thread waits, another code path of the same thread wakes it.
// notify() before wait() is remembered once. Not thread safe: post to the io thread first.
#pragma once

#include <functional>
#include <memory>

#include "base/async/task.h"

namespace tandem {

class Event {
 public:
  explicit Event(IoContext& io);
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  // At most one task waits at a time (asserted).
  Task<void> wait();
  void notify();
  // Wakes the waiter inside this very call: only from the top of an io handler.
  void notify_now();

 private:
  struct Waiter;
  IoContext& io_;
  std::unique_ptr<Waiter> waiter_;
  bool notified_ = false;
};

}  // namespace tandem
