#include "cost/cost_metrics.h"

namespace tandem::cost {
namespace {

using metrics::Counter;
using metrics::Gauge;
using metrics::Labels;
using metrics::Metrics;

// A counter that is kept elsewhere: what was added since the last scrape is added here.
class Mirror {
 public:
  explicit Mirror(Counter& counter) : counter_(counter) {}
  void follow(uint64_t value) {
    if (value > seen_) counter_.increment(static_cast<double>(value - seen_));
    seen_ = value;
  }

 private:
  Counter& counter_;
  uint64_t seen_ = 0;
};

class Exporter {
 public:
  Exporter(Metrics& metrics, MetricSources sources) : metrics_(metrics), from_(sources) {}

  void refresh() {
    refresh_accountant();
    refresh_ledger();
    refusals_.follow(from_.budgets.stats().refusals);
    core_watts_.set(static_cast<double>(from_.energy.measured_core_mw()) / 1000);
  }

 private:
  Mirror calls(const char* state) {
    return Mirror(metrics_.counter("tandem_cost_calls_total", "Attempts by how they ended.",
                                   Labels{{"state", state}}));
  }

  void refresh_accountant() {
    const AccountantStats stats = from_.accountant.stats();
    settled_.follow(stats.settled);
    estimated_.follow(stats.estimated);
    released_.follow(stats.released);
    abandoned_.follow(stats.abandoned);
    over_estimate_.follow(stats.over_estimate);
    open_.set(static_cast<double>(stats.open));
    unwritten_.set(static_cast<double>(stats.unwritten));
    for (const auto& [model, count] : from_.accountant.unknown_models().names()) {
      const auto [mirror, added] = unknown_.try_emplace(
          model, metrics_.counter("tandem_cost_unknown_price_calls_total",
                                  "Calls of models without a price, booked at cost 0.",
                                  Labels{{"model", model}}));
      mirror->second.follow(count);
    }
  }

  void refresh_ledger() {
    const LedgerStats stats = from_.ledger.stats();
    rows_.follow(stats.rows);
    duplicates_.follow(stats.duplicates);
    rejects_.follow(stats.rejects);
    failures_.follow(stats.failures);
    damaged_.follow(stats.damaged_segments);
    lag_.set(static_cast<double>(stats.lag_us) / 1e6);
    pending_.set(static_cast<double>(stats.pending_records));
  }

  Metrics& metrics_;
  MetricSources from_;
  std::map<std::string, Mirror> unknown_;
  Mirror settled_ = calls("settled"), estimated_ = calls("estimated"),
         released_ = calls("released");
  Mirror abandoned_{metrics_.counter("tandem_cost_abandoned_calls_total",
                                     "Attempts dropped without an end; settled as estimated.")};
  Mirror over_estimate_{metrics_.counter("tandem_cost_over_estimate_calls_total",
                                         "Attempts that cost more than was reserved.")};
  Mirror refusals_{
      metrics_.counter("tandem_budget_refusals_total", "Calls refused by a hard budget.")};
  Mirror rows_{metrics_.counter("tandem_ledger_rows_total", "Ledger rows written.")};
  Mirror duplicates_{metrics_.counter("tandem_ledger_duplicates_total",
                                      "Settlements whose row was there already.")};
  Mirror rejects_{
      metrics_.counter("tandem_ledger_rejects_total", "Journal records that could not be read.")};
  Mirror failures_{metrics_.counter("tandem_ledger_failures_total",
                                    "Ledger writes that failed and are tried again.")};
  Mirror damaged_{metrics_.counter("tandem_ledger_damaged_segments_total",
                                   "Damaged journal segments that were skipped.")};
  Gauge& open_ = metrics_.gauge("tandem_cost_open_calls", "Reservations that have no end yet.");
  Gauge& unwritten_ = metrics_.gauge("tandem_cost_unwritten_settlements",
                                     "Settlements that wait for a journal that cannot be written.");
  Gauge& lag_ = metrics_.gauge("tandem_ledger_lag_seconds",
                               "Age of the oldest settlement that is not in the database.");
  Gauge& pending_ = metrics_.gauge("tandem_ledger_pending_records",
                                   "Journal records read and not yet committed.");
  Gauge& core_watts_ = metrics_.gauge("tandem_energy_core_watts",
                                      "Measured power of a busy core; 0: not measurable here.");
};

}  // namespace

void export_metrics(Metrics& metrics, MetricSources sources) {
  auto exporter = std::make_shared<Exporter>(metrics, sources);
  metrics.on_scrape([exporter] { exporter->refresh(); });
}

}  // namespace tandem::cost
