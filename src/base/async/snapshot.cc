#include "base/async/snapshot.h"

namespace tandem {

size_t small_thread_number() {
  static std::atomic<size_t> next{0};
  thread_local const size_t mine = [] {
    const size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number < 64 ? number : SIZE_MAX;
  }();
  return mine;
}

}  // namespace tandem
