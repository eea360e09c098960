#include "base/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>
#include <unordered_map>

namespace tandem::metrics {
namespace {

constexpr size_t kMaxSeries = 10'000;

struct CounterOf final : Counter {
  explicit CounterOf(prometheus::Counter& c) : series(c) {}
  void increment(double by) override { series.Increment(by); }
  prometheus::Counter& series;
};
struct GaugeOf final : Gauge {
  explicit GaugeOf(prometheus::Gauge& g) : series(g) {}
  void set(double value) override { series.Set(value); }
  prometheus::Gauge& series;
};
struct HistogramOf final : Histogram {
  explicit HistogramOf(prometheus::Histogram& h) : series(h) {}
  void observe(double value) override { series.Observe(value); }
  prometheus::Histogram& series;
};

std::string series_key(std::string_view name, const Labels& labels) {
  std::string key(name);
  for (const auto& [label, value] : labels) key += '\n' + label + '\t' + value;
  return key;
}

}  // namespace

struct Metrics::State {
  std::mutex mutex;
  prometheus::Registry registry;
  std::unordered_map<std::string, std::unique_ptr<Counter>> counters;
  std::unordered_map<std::string, std::unique_ptr<Gauge>> gauges;
  std::unordered_map<std::string, std::unique_ptr<Histogram>> histograms;
  std::vector<std::function<void()>> refreshers;
  size_t series = 0;

  const Labels& bounded(const Labels& labels) {
    static const Labels kNone;
    return series < kMaxSeries ? labels : kNone;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& wanted) {
  std::lock_guard lock(state_->mutex);
  auto found = state_->counters.find(series_key(name, wanted));
  if (found != state_->counters.end()) return *found->second;
  const Labels& labels = state_->bounded(wanted);
  auto& slot = state_->counters[series_key(name, labels)];
  if (!slot) {
    ++state_->series;
    auto& family = prometheus::BuildCounter()
                       .Name(std::string(name))
                       .Help(std::string(help))
                       .Register(state_->registry);
    slot = std::make_unique<CounterOf>(family.Add(labels));
  }
  return *slot;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& wanted) {
  std::lock_guard lock(state_->mutex);
  auto found = state_->gauges.find(series_key(name, wanted));
  if (found != state_->gauges.end()) return *found->second;
  const Labels& labels = state_->bounded(wanted);
  auto& slot = state_->gauges[series_key(name, labels)];
  if (!slot) {
    ++state_->series;
    auto& family = prometheus::BuildGauge()
                       .Name(std::string(name))
                       .Help(std::string(help))
                       .Register(state_->registry);
    slot = std::make_unique<GaugeOf>(family.Add(labels));
  }
  return *slot;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help,
                              const std::vector<double>& buckets, const Labels& wanted) {
  std::lock_guard lock(state_->mutex);
  auto found = state_->histograms.find(series_key(name, wanted));
  if (found != state_->histograms.end()) return *found->second;
  const Labels& labels = state_->bounded(wanted);
  auto& slot = state_->histograms[series_key(name, labels)];
  if (!slot) {
    ++state_->series;
    auto& family = prometheus::BuildHistogram()
                       .Name(std::string(name))
                       .Help(std::string(help))
                       .Register(state_->registry);
    slot = std::make_unique<HistogramOf>(family.Add(labels, buckets));
  }
  return *slot;
}

void Metrics::on_scrape(std::function<void()> refresh) {
  std::lock_guard lock(state_->mutex);
  state_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::render() {
  std::vector<std::function<void()>> refreshers;
  {
    std::lock_guard lock(state_->mutex);
    refreshers = state_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

const std::vector<double>& latency_buckets() {
  static const std::vector<double> kBuckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                            0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5,
                                            5,      10,      25,     50,    100};
  return kBuckets;
}

}  // namespace tandem::metrics
