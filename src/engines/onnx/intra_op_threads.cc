#include "engines/onnx/intra_op_threads_internal.h"

#include <pthread.h>

#include <thread>

namespace tandem::engines::onnx {

int64_t IntraOpThreads::cpu_ns() const {
  std::lock_guard lock(mutex_);
  int64_t total = 0;
  for (const clockid_t clock : clocks_) {
    timespec time{};
    if (clock_gettime(clock, &time) == 0) total += time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }
  return total;
}

OrtCustomThreadHandle IntraOpThreads::create(void* self, OrtThreadWorkerFn work, void* argument) {
  auto* threads = static_cast<IntraOpThreads*>(self);
  auto thread = std::make_unique<std::thread>([work, argument] {
    pthread_setname_np(pthread_self(), "onnx_intra_op");
    work(argument);
  });
  clockid_t clock{};
  if (pthread_getcpuclockid(thread->native_handle(), &clock) == 0) {
    std::lock_guard lock(threads->mutex_);
    threads->clocks_.push_back(clock);
  }
  return reinterpret_cast<OrtCustomThreadHandle>(thread.release());
}

void IntraOpThreads::join(OrtCustomThreadHandle handle) {
  // ORT hands back what create() gave it, as a pointer to const.
  auto* thread = reinterpret_cast<std::thread*>(
      const_cast<std::remove_const_t<std::remove_pointer_t<OrtCustomThreadHandle>>*>(handle));
  thread->join();
  delete thread;
}

}  // namespace tandem::engines::onnx
