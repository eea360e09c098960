// Energy of a call. Local work: CPU time times the power of a busy core, measured by RAPL where the
// kernel lets us read it, else a constant; GPU time times a constant. Remote work: a factor per
// token, because no provider reports joules. A row says which of the two its number is. Emissions
// are energy times what the grid emits for it.
//   Energy energy = model.estimate({.placement = Placement::Local, .cpu_us = 1200});
// Constants are documented estimates, made to be replaced by the operator's own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cost/call.h"
#include "cost/usage.h"

namespace tandem::cost {

// What the model assumes. Micro-joules, so that a token of a small model is not rounded to nothing.
struct EnergyFactors {
  // A server core under load with its share of the package: about 8 W (100 to 350 W packages of 16
  // to 64 cores).
  int64_t core_mw = 8'000;
  // An inference GPU under load.
  int64_t gpu_mw = 350'000;
  // A hosted large model. Published medians are 0.24 Wh for a Gemini prompt (Google, August 2025)
  // and 0.3 Wh for 500 output tokens of GPT-4o (Epoch AI, February 2025): about 2 J per output
  // token. Prefill is parallel and about twenty times cheaper, a cached prefix is only read.
  int64_t output_token_uj = 2'000'000;
  int64_t input_token_uj = 100'000;
  int64_t cached_token_uj = 10'000;
  // A hosted embedding or rerank model is two to three orders of magnitude smaller.
  int64_t embedding_token_uj = 1'000;
  // What a kilowatt-hour emits, in milligrams of CO2 equivalent: 473 g was the world's average in
  // 2024 (Ember, Global Electricity Review 2025). By provider where the place is known.
  int64_t grid_mg_per_kwh = 473'000;
  std::map<std::string, int64_t, std::less<>> provider_grid_mg_per_kwh = {};
};

struct EnergyInput {
  Placement placement = Placement::Remote;
  int64_t cpu_us = 0;
  int64_t gpu_ms = 0;
  Usage usage;
  bool generative = true;  // false: embedding, rerank
};

struct Energy {
  int64_t millijoules = 0;
  EnergySource source = EnergySource::None;
};

// Emissions of an amount of energy, rounded up like the energy itself.
int64_t co2e_ug(int64_t millijoules, int64_t grid_mg_per_kwh);

// Any thread. A meter (rapl.h) sets the measured power from time to time.
class EnergyModel {
 public:
  explicit EnergyModel(EnergyFactors factors = {}) : factors_(factors) {}

  Energy estimate(const EnergyInput& input) const;

  // Of the electricity that serves `target`, "provider/model".
  int64_t grid_mg_per_kwh(std::string_view target) const;

  // Power of one busy core as measured over the last interval; 0: not known, use the constant.
  void set_measured_core_mw(int64_t milliwatts) {
    measured_core_mw_.store(milliwatts, std::memory_order_relaxed);
  }
  int64_t measured_core_mw() const { return measured_core_mw_.load(std::memory_order_relaxed); }

 private:
  const EnergyFactors factors_;
  std::atomic<int64_t> measured_core_mw_{0};
};

}  // namespace tandem::cost
