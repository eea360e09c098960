// Outliers: targets that fail more than the others of their endpoint are asked last for a while.
// Source: Envoy's outlier detection: a success rate below mean − factor × standard deviation of the
// targets with enough calls, and failures in a row. Unlike there, three targets are enough, the gap
// must be ten points at least (among good targets the deviation is noise), and at most half of them
// stand aside at a time. Pure.
//   if (stands_out(peers, i, options)) …                        // by the rates of all
//   if (ejection.record(failed, options)) …                     // by its own failures in a row
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "gateway/health/config.h"

namespace tandem::gateway {

struct PeerWindow {
  int64_t calls = 0;
  int64_t failures = 0;
  bool ejected = false;
};

// Whether the success rate of peers[index] is that of an outlier.
bool stands_out(std::span<const PeerWindow> peers, size_t index, const OutliersConfig& options);
// Whether one more of them may stand aside.
bool may_eject(std::span<const PeerWindow> peers);

// Of one target.
class Ejection {
 public:
  // True where this failure is the last of too many in a row.
  bool record(bool failed, const OutliersConfig& options);
  void eject(const OutliersConfig& options, SteadyUs now_us);
  bool ejected(SteadyUs now_us) const { return now_us < until_us_; }
  SteadyUs until_us() const { return until_us_; }

 private:
  int64_t in_a_row_ = 0;
  int64_t times_ = 0;
  SteadyUs until_us_ = 0;
};

}  // namespace tandem::gateway
