// What the configuration may say of the health of targets: how many calls they take, when one
// stands out from the others, and how providers are asked whether they are well. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "base/config/describe.h"

namespace tandem::gateway {

struct ConcurrencyConfig {
  static constexpr std::string_view kTypeName = "concurrency";
  int64_t max = 0;
  bool adaptive = false;
  int64_t min = 1;

  bool enabled() const { return max > 0; }

  template <class V>
  static void describe(V& v) {
    v.field("max", &ConcurrencyConfig::max, "Calls that a target has at a time; 0: any number.")
        .range(0, 1'000'000);
    v.field("adaptive", &ConcurrencyConfig::adaptive,
            "Find the number between min and max at which answers do not become slow: fewer after "
            "a 429, a timeout or where answers begin later than usual.");
    v.field("min", &ConcurrencyConfig::min, "An adaptive limit is never less.").range(1, 1'000'000);
    v.template short_form<int64_t>("N", "max alone.",
                                   [](ConcurrencyConfig& limit, int64_t n) { limit.max = n; });
  }
  void validate(config::Errors& errors) const;
};

struct OutliersConfig {
  static constexpr std::string_view kTypeName = "outliers";
  bool enabled = false;
  int64_t min_calls = 20;
  int64_t factor_percent = 120;
  int64_t consecutive_failures = 5;
  int64_t eject_ms = 30'000;
  int64_t longest_eject_ms = 300'000;

  template <class V>
  static void describe(V& v) {
    v.field("enabled", &OutliersConfig::enabled,
            "Ask a target last for a while where it fails more than the others.");
    v.field("min_calls", &OutliersConfig::min_calls,
            "Targets with fewer calls in the breaker's window are not compared.")
        .range(1, 1'000'000);
    v.field("factor_percent", &OutliersConfig::factor_percent,
            "A target stands out where its success rate is so many hundredths of the standard "
            "deviation below the mean of three targets or more (and ten points at least).")
        .range(1, 1'000);
    v.field("consecutive_failures", &OutliersConfig::consecutive_failures,
            "It also does after so many failures in a row; 0: not for that.")
        .range(0, 1'000);
    v.field("eject_ms", &OutliersConfig::eject_ms,
            "For how long, the first time; once more as long each time after that.")
        .range(1, 3'600'000);
    v.field("longest_eject_ms", &OutliersConfig::longest_eject_ms, "It is never longer.")
        .range(1, 86'400'000);
  }
};

struct HealthCheckConfig {
  static constexpr std::string_view kTypeName = "health_check";
  int64_t interval_ms = 0;
  int64_t timeout_ms = 2'000;
  std::string path;
  int64_t unhealthy = 3;
  int64_t healthy = 2;

  bool enabled() const { return interval_ms > 0; }

  template <class V>
  static void describe(V& v) {
    v.field("interval_ms", &HealthCheckConfig::interval_ms,
            "How often the provider is asked whether it is well; 0: never.")
        .range(0, 3'600'000);
    v.field("timeout_ms", &HealthCheckConfig::timeout_ms, "An answer that comes later is bad.")
        .range(1, 600'000);
    v.field(
         "path", &HealthCheckConfig::path,
         "What is asked for, from the root of the provider's host; a 2xx is good. Empty: /health "
         "of vllm, sglang, tgi and llama-server, /api/version of ollama, else the list of "
         "models.")
        .at_most(1024);
    v.field("unhealthy", &HealthCheckConfig::unhealthy,
            "Bad answers in a row after which no call goes to the provider.")
        .range(1, 100);
    v.field("healthy", &HealthCheckConfig::healthy,
            "Good answers in a row after which calls go to it again.")
        .range(1, 100);
  }
  void validate(config::Errors& errors) const;
};

}  // namespace tandem::gateway
