// BoundedQueue: many producers, one consumer, no locks: a ring of slots whose sequence numbers say
// whose turn it is (the bounded queue of Dmitry Vyukov). A full queue refuses, it never waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace tandem::trace {

template <class T>
class BoundedQueue {
 public:
  // `capacity` is a power of two.
  explicit BoundedQueue(size_t capacity) : mask_(capacity - 1), slots_(new Slot[capacity]) {
    for (size_t i = 0; i < capacity; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
  }

  // False where the queue is full; `value` is untouched then. Any thread.
  bool push(T&& value) {
    size_t at = tail_.load(std::memory_order_relaxed);
    while (true) {
      Slot& slot = slots_[at & mask_];
      const auto ahead = static_cast<ptrdiff_t>(slot.turn.load(std::memory_order_acquire) - at);
      if (ahead < 0) return false;
      if (ahead > 0) {
        at = tail_.load(std::memory_order_relaxed);
        continue;
      }
      if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        slot.value = std::move(value);
        slot.turn.store(at + 1, std::memory_order_release);
        return true;
      }
    }
  }

  // nullopt where it is empty, or where the next producer has not finished. The consumer only.
  std::optional<T> pop() {
    Slot& slot = slots_[head_ & mask_];
    if (slot.turn.load(std::memory_order_acquire) != head_ + 1) return std::nullopt;
    std::optional<T> value(std::move(slot.value));
    slot.value = T();
    slot.turn.store(head_ + mask_ + 1, std::memory_order_release);
    ++head_;
    return value;
  }

 private:
  struct Slot {
    std::atomic<size_t> turn{0};
    T value{};
  };

  const size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(64) std::atomic<size_t> tail_{0};
  alignas(64) size_t head_ = 0;
};

}  // namespace tandem::trace
