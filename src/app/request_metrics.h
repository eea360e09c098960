// Counts and times every finished request by route. Any io thread.
#pragma once

#include <array>
#include <unordered_map>

#include "base/metrics/metrics.h"
#include "net/ports.h"

namespace tandem::app {

class RequestMetrics final : public net::RequestObserver {
 public:
  // `metrics` and `routes` outlive this. One set of series for each route, made now.
  RequestMetrics(metrics::Metrics& metrics, const net::Routes& routes);
  void finished(const net::Route* route, int status, int64_t duration_us) override;

 private:
  struct Series {
    std::array<metrics::Counter*, 6> by_class;  // 1xx … 5xx at 1 … 5
    metrics::Histogram* seconds;
  };
  Series series_for(metrics::Metrics& metrics, const std::string& name) const;

  std::unordered_map<const net::Route*, Series> by_route_;
  Series unmatched_;
};

}  // namespace tandem::app
