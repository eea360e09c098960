#include "cost/energy_config.h"

#include <cmath>

namespace tandem::cost {

EnergyFactors EnergySettings::factors() const {
  const auto scaled = [](double value, double by) {
    return static_cast<int64_t>(std::llround(value * by));
  };
  EnergyFactors out;
  out.core_mw = scaled(core_watts, 1e3);
  out.gpu_mw = scaled(gpu_watts, 1e3);
  out.output_token_uj = scaled(output_token_joules, 1e6);
  out.input_token_uj = scaled(input_token_joules, 1e6);
  out.cached_token_uj = scaled(cached_token_joules, 1e6);
  out.embedding_token_uj = scaled(embedding_token_joules, 1e6);
  out.grid_mg_per_kwh = scaled(grid_gco2e_per_kwh, 1e3);
  for (const auto& [name, provider] : providers) {
    out.provider_grid_mg_per_kwh[name] = scaled(provider.grid_gco2e_per_kwh, 1e3);
  }
  return out;
}

}  // namespace tandem::cost
