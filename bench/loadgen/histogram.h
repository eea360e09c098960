// A log-linear histogram of nanoseconds after HdrHistogram: every value keeps 10 significant bits
// (an error below 0.1 %), recording is one increment, memory is fixed. One per worker thread;
// merged when the run has ended.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::bench {

class Histogram {
 public:
  Histogram() : counts_(kBuckets) {}

  void record(uint64_t ns) {
    ++counts_[index_of(ns < kMaxNs ? ns : kMaxNs)];
    ++count_;
    sum_ += ns;
    max_ = ns > max_ ? ns : max_;
  }
  void merge(const Histogram& other);

  // The smallest recorded value (within the resolution) that `quantile` (0…1) of all values do
  // not exceed; 0 where nothing was recorded.
  uint64_t quantile(double quantile) const;
  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  double mean() const;

 private:
  static constexpr uint64_t kSubBuckets = 1024;
  static constexpr uint64_t kMaxNs = (uint64_t{1} << 42) - 1;  // 73 minutes
  static constexpr size_t kBuckets = kSubBuckets * 34;

  static size_t index_of(uint64_t ns) {
    if (ns < 2 * kSubBuckets) {
      return ns;
    }
    const int shift = std::bit_width(ns) - 11;
    return static_cast<size_t>(shift) * kSubBuckets + (ns >> shift);
  }
  static uint64_t highest_value_of(size_t index);

  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
};

}  // namespace tandem::bench
