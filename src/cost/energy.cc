#include "cost/energy.h"

namespace tandem::cost {
namespace {

// A provider's factor covers its whole machine, so nothing is added for our own relaying.
__int128 remote_microjoules(const EnergyInput& input, const EnergyFactors& factors) {
  const Usage usage = sanitized(input.usage);
  if (!input.generative) return __int128{usage.input_tokens} * factors.embedding_token_uj;
  const int64_t read = usage.input_tokens - usage.cached_input_tokens;
  return __int128{read} * factors.input_token_uj +
         __int128{usage.cached_input_tokens} * factors.cached_token_uj +
         __int128{usage.output_tokens} * factors.output_token_uj;
}

// Rounded up, so that what was used is never nothing.
int64_t millijoules(__int128 microjoules) {
  const __int128 value = (microjoules + 999) / 1000;
  return value > kMaxCount ? kMaxCount : static_cast<int64_t>(value);
}

}  // namespace

Energy EnergyModel::estimate(const EnergyInput& input) const {
  if (input.placement == Placement::Remote) {
    return {millijoules(remote_microjoules(input, factors_)), EnergySource::Modelled};
  }
  const int64_t measured = measured_core_mw();
  const int64_t core_mw = measured > 0 ? measured : factors_.core_mw;
  // Milliwatts times microseconds are nanojoules; times milliseconds, microjoules.
  const __int128 cpu_uj = (__int128{input.cpu_us} * core_mw + 999) / 1000;
  const __int128 gpu_uj = __int128{input.gpu_ms} * factors_.gpu_mw;
  const bool all_measured = measured > 0 && input.gpu_ms == 0;
  return {millijoules(cpu_uj + gpu_uj),
          all_measured ? EnergySource::Measured : EnergySource::Modelled};
}

int64_t co2e_ug(int64_t millijoules, int64_t grid_mg_per_kwh) {
  // A kilowatt-hour is 3.6 * 10^9 mJ, a milligram 1000 ug.
  constexpr __int128 kMillijoules = 3'600'000;
  const __int128 value =
      (__int128{millijoules} * grid_mg_per_kwh + kMillijoules - 1) / kMillijoules;
  return value > kMaxCount ? kMaxCount : static_cast<int64_t>(value);
}

int64_t EnergyModel::grid_mg_per_kwh(std::string_view target) const {
  if (factors_.provider_grid_mg_per_kwh.empty()) return factors_.grid_mg_per_kwh;
  const auto found = factors_.provider_grid_mg_per_kwh.find(target.substr(0, target.find('/')));
  return found == factors_.provider_grid_mg_per_kwh.end() ? factors_.grid_mg_per_kwh
                                                          : found->second;
}

}  // namespace tandem::cost
