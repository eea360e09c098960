// Decides whether a run is so short that it should happen right on the io thread. A hop to an owner
// thread and back costs some 10-20 us, more than a small tree model itself; a run that would
// hold up the other connections of its io thread for long must hop.
// Run time is learned per size class of the input (powers of two of its bytes): a class is trusted
// after kTrustAfter runs on owner threads, and loses trust as soon as its average reaches the
// limit. What is averaged is CPU time, so that preemption on a busy machine does not look like a
// slow model. Of inline runs only every kSampleEvery-th reads the CPU clock; the others are billed
// the time that passed, or twice the average where that is less (a preempted run). Pure; any thread
// (races only cost a sample).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tandem::engines::onnx {

class InlinePolicy {
 public:
  static constexpr uint32_t kTrustAfter = 8;
  static constexpr uint32_t kSampleEvery = 16;

  // Runs shorter than `limit_ns` are run inline; 0: none ever.
  explicit InlinePolicy(int64_t limit_ns) : limit_ns_(limit_ns) {}

  bool allows(size_t input_bytes) const {
    const Class& row = classes_[index(input_bytes)];
    return row.runs.load(std::memory_order_relaxed) >= kTrustAfter &&
           row.average_ns.load(std::memory_order_relaxed) < limit_ns_;
  }

  // Whether this inline run should read the CPU clock and record() it.
  bool samples(size_t input_bytes) {
    Class& row = classes_[index(input_bytes)];
    return row.inline_runs.fetch_add(1, std::memory_order_relaxed) % kSampleEvery == 0;
  }
  // The CPU time of an inline run that did not read the clock.
  int64_t bill(size_t input_bytes, int64_t wall_ns) const {
    const Class& row = classes_[index(input_bytes)];
    return std::min(wall_ns, 2 * row.average_ns.load(std::memory_order_relaxed));
  }

  void record(size_t input_bytes, int64_t cpu_ns) {
    Class& row = classes_[index(input_bytes)];
    const uint32_t runs = row.runs.load(std::memory_order_relaxed);
    const int64_t before = row.average_ns.load(std::memory_order_relaxed);
    const int64_t average = runs == 0 ? cpu_ns : before + (cpu_ns - before) / 8;
    row.average_ns.store(average, std::memory_order_relaxed);
    if (runs < kTrustAfter) row.runs.store(runs + 1, std::memory_order_relaxed);
  }

 private:
  struct Class {
    std::atomic<uint32_t> runs{0};
    std::atomic<uint32_t> inline_runs{0};
    std::atomic<int64_t> average_ns{0};
  };
  static size_t index(size_t bytes) { return static_cast<size_t>(std::bit_width(bytes)); }

  int64_t limit_ns_;
  std::array<Class, 65> classes_;
};

}  // namespace tandem::engines::onnx
