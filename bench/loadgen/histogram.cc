#include "loadgen/histogram.h"

#include <algorithm>
#include <cmath>

namespace tandem::bench {

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::quantile(double quantile) const {
  if (count_ == 0) {
    return 0;
  }
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) {
      return std::min(highest_value_of(i), max_);
    }
  }
  return max_;
}

double Histogram::mean() const {
  return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

uint64_t Histogram::highest_value_of(size_t index) {
  if (index < 2 * kSubBuckets) {
    return index;
  }
  const uint64_t shift = index / kSubBuckets - 1;
  return ((index - shift * kSubBuckets + 1) << shift) - 1;
}

}  // namespace tandem::bench
