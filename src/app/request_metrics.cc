#include "app/request_metrics.h"

namespace tandem::app {
namespace {

std::string name_of(const net::Route& route) {
  return std::string(net::method_name(route.method)) + " " + route.pattern;
}

}  // namespace

RequestMetrics::RequestMetrics(metrics::Metrics& metrics, const net::Routes& routes)
    : unmatched_(series_for(metrics, "none")) {
  for (const net::Route& route : routes) {
    by_route_.emplace(&route, series_for(metrics, name_of(route)));
  }
}

RequestMetrics::Series RequestMetrics::series_for(metrics::Metrics& metrics,
                                                  const std::string& name) const {
  Series series{};
  for (size_t i = 1; i < series.by_class.size(); ++i) {
    series.by_class[i] = &metrics.counter("tandem_http_requests_total", "Finished HTTP requests.",
                                          {{"route", name}, {"status", std::to_string(i) + "xx"}});
  }
  series.seconds = &metrics.histogram("tandem_http_request_seconds", "Time to answer a request.",
                                      metrics::latency_buckets(), {{"route", name}});
  return series;
}

void RequestMetrics::finished(const net::Route* route, int status, int64_t duration_us) {
  const Series* series = &unmatched_;
  if (route) {
    const auto found = by_route_.find(route);
    if (found != by_route_.end()) series = &found->second;
  }
  const auto status_class = static_cast<size_t>(status / 100);
  if (status_class >= 1 && status_class < series->by_class.size()) {
    series->by_class[status_class]->increment();
  }
  series->seconds->observe(static_cast<double>(duration_us) / 1e6);
}

}  // namespace tandem::app
