// Routes about the server itself: health, readiness, version, metrics, the API description.
#pragma once

#include <functional>
#include <string>

#include "base/metrics/metrics.h"
#include "net/route.h"

namespace tandem::app {

inline constexpr std::string_view kVersion = "0.1.0";
// The MLflow version whose REST API we are going to speak; its clients read /version.
inline constexpr std::string_view kMlflowVersion = "3.4.0";

struct SystemApi {
  metrics::Metrics& metrics;  // outlives the routes
  std::function<bool()> ready;
  std::function<std::string()> openapi;  // the rendered description
};

net::Routes system_routes(const SystemApi& api);

}  // namespace tandem::app
