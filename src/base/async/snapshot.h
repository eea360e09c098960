// Snapshot<T>: one current immutable value, read on every request and replaced now and then.
// get() is one atomic load and a reference count in the steady state: each thread keeps its own
// copy of the pointer and takes the lock only after a publish(). Any thread.
//   std::shared_ptr<const Catalog> catalog = catalogs.get();   // stays valid while it is held
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace tandem {

// A small number for the calling thread, the same for its life; SIZE_MAX beyond the first 64.
size_t small_thread_number();

template <class T>
class Snapshot {
 public:
  Snapshot() = default;
  explicit Snapshot(std::shared_ptr<const T> first) : current_(std::move(first)) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  std::shared_ptr<const T> get() const {
    const size_t number = small_thread_number();
    if (number >= kThreads) {
      std::lock_guard lock(mutex_);
      return current_;
    }
    Cached& mine = cached_[number];
    const uint64_t version = version_.load(std::memory_order_acquire);
    if (mine.version != version) {
      std::lock_guard lock(mutex_);
      mine.value = current_;
      mine.version = version_.load(std::memory_order_relaxed);
    }
    return mine.value;
  }

  // Seen by every get() that starts after this returns. The old value dies when nobody holds it:
  // a thread that never calls get() again holds it for ever, so values must be small enough.
  void publish(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    current_ = std::move(next);
    version_.fetch_add(1, std::memory_order_release);
  }

 private:
  static constexpr size_t kThreads = 64;
  struct alignas(64) Cached {
    uint64_t version = 0;
    std::shared_ptr<const T> value;
  };
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
  std::atomic<uint64_t> version_{1};
  mutable std::array<Cached, kThreads> cached_;
};

}  // namespace tandem
