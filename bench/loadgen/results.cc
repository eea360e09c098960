#include "loadgen/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace tandem::bench {

namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Failure::kCount)> kFailureNames = {
    "connect", "reset", "cut", "timeout", "not_http", "status", "broken_stream"};

std::string quantiles(const Histogram& histogram) {
  const auto us = [&](double quantile) {
    return static_cast<double>(histogram.quantile(quantile)) / 1000.0;
  };
  return fmt::format(
      R"({{"count":{},"mean":{:.1f},"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p999":{:.1f},)"
      R"("max":{:.1f}}})",
      histogram.count(), histogram.mean() / 1000.0, us(0.5), us(0.9), us(0.99), us(0.999),
      static_cast<double>(histogram.max()) / 1000.0);
}

}  // namespace

uint64_t Results::errors() const {
  uint64_t sum = 0;
  for (const uint64_t count : failures) {
    sum += count;
  }
  return sum;
}

void Results::merge(const Results& other) {
  latency.merge(other.latency);
  streams.merge(other.streams);
  for (size_t i = 0; i < failures.size(); ++i) {
    failures[i] += other.failures[i];
  }
  for (size_t i = 0; i < statuses.size(); ++i) {
    statuses[i] += other.statuses[i];
  }
  answered += other.answered;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  reconnects += other.reconnects;
  unsent += other.unsent;
  if (other.first_ns != 0) {
    first_ns = first_ns == 0 ? other.first_ns : std::min(first_ns, other.first_ns);
  }
  last_ns = std::max(last_ns, other.last_ns);
}

std::string to_json(const Results& results, const Options& options) {
  const double seconds =
      results.last_ns > results.first_ns
          ? static_cast<double>(results.last_ns - results.first_ns) / 1e9
          : 0.0;
  std::string failures;
  for (size_t i = 0; i < results.failures.size(); ++i) {
    if (results.failures[i] != 0) {
      failures += fmt::format("{}\"{}\":{}", failures.empty() ? "" : ",", kFailureNames[i],
                              results.failures[i]);
    }
  }
  std::string statuses;
  for (size_t i = 0; i < results.statuses.size(); ++i) {
    if (results.statuses[i] != 0) {
      statuses +=
          fmt::format("{}\"{}\":{}", statuses.empty() ? "" : ",", i, results.statuses[i]);
    }
  }
  const StreamStats& streams = results.streams;
  return fmt::format(
      R"({{"target":"{}","connections":{},"threads":{},"rate":{},"answered":{},"errors":{},)"
      R"("failures":{{{}}},"statuses":{{{}}},"seconds":{:.4f},"per_second":{:.1f},)"
      R"("bytes_in":{},"bytes_out":{},"reconnects":{},"unsent":{},"latency_us":{},)"
      R"("streams":{{"completed":{},"broken":{},"events":{},"stalls":{},"streams_with_stalls":{},)"
      R"("first_event_us":{},"first_text_us":{},"gap_us":{}}}}})",
      options.target, options.connections, options.threads, options.rate, results.answered,
      results.errors(), failures, statuses, seconds,
      seconds > 0 ? static_cast<double>(results.answered) / seconds : 0.0, results.bytes_in,
      results.bytes_out, results.reconnects, results.unsent, quantiles(results.latency),
      streams.completed, streams.broken, streams.events, streams.stalls,
      streams.streams_with_stalls, quantiles(streams.first_event), quantiles(streams.first_text),
      quantiles(streams.gaps));
}

}  // namespace tandem::bench
