// Prometheus metrics over prometheus-cpp. One Metrics per server, owned by the composition root and
// handed to whoever counts; look a series up once and keep the reference.
//   metrics::Counter& refused = metrics.counter("tandem_budget_refusals_total", "Calls refused…");
//   refused.increment();
// Any thread; increments are atomic and do not allocate.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void increment(double by = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same series. At most 10,000 series exist; beyond that a
  // series without labels stands in (a client must not fill the memory with label values).
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help,
                       const std::vector<double>& buckets, const Labels& labels = {});
  // Runs before each scrape, to set gauges.
  void on_scrape(std::function<void()> refresh);
  // The text exposition format, version 0.0.4.
  std::string render();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Seconds from 100 µs to 100 s, for latencies.
const std::vector<double>& latency_buckets();

}  // namespace tandem::metrics
