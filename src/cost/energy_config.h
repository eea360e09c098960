// What the operator knows better than our assumptions about energy and emissions (energy.h): of the
// configuration file. Plain values.
#pragma once

#include <map>
#include <string>

#include "base/config/describe.h"
#include "cost/energy.h"

namespace tandem::cost {

struct ProviderEnergySettings {
  static constexpr std::string_view kTypeName = "provider_energy";
  double grid_gco2e_per_kwh = 473;

  template <class V>
  static void describe(V& v) {
    v.field("grid_gco2e_per_kwh", &ProviderEnergySettings::grid_gco2e_per_kwh,
            "Grams of CO2 equivalent for a kilowatt-hour where this provider's models run.")
        .range(0, 5'000);
  }
};

struct EnergySettings {
  static constexpr std::string_view kTypeName = "energy";
  double grid_gco2e_per_kwh = 473;
  double core_watts = 8;
  double gpu_watts = 350;
  double output_token_joules = 2;
  double input_token_joules = 0.1;
  double cached_token_joules = 0.01;
  double embedding_token_joules = 0.001;
  std::map<std::string, ProviderEnergySettings> providers;

  template <class V>
  static void describe(V& v) {
    v.meaning("How energy and emissions of calls are reckoned.");
    v.field("grid_gco2e_per_kwh", &EnergySettings::grid_gco2e_per_kwh,
            "Grams of CO2 equivalent for a kilowatt-hour; the world's average of 2024 by default. "
            "Multiply it by the power usage effectiveness of your own machines.")
        .range(0, 5'000);
    v.field("core_watts", &EnergySettings::core_watts,
            "Power of a busy core of this machine, where it cannot be measured (RAPL).")
        .range(0, 1'000);
    v.field("gpu_watts", &EnergySettings::gpu_watts, "Power of a busy GPU of this machine.")
        .range(0, 10'000);
    v.field("output_token_joules", &EnergySettings::output_token_joules,
            "A token that a provider's model writes.")
        .range(0, 10'000);
    v.field("input_token_joules", &EnergySettings::input_token_joules, "A token that it reads.")
        .range(0, 10'000);
    v.field("cached_token_joules", &EnergySettings::cached_token_joules,
            "A token that it has in its cache.")
        .range(0, 10'000);
    v.field("embedding_token_joules", &EnergySettings::embedding_token_joules,
            "A token of an embedding or rerank model.")
        .range(0, 10'000);
    v.field("providers", &EnergySettings::providers,
            "Providers that run elsewhere, or on other electricity, by name.");
  }

  EnergyFactors factors() const;
};

}  // namespace tandem::cost
