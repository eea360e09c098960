// The cost folder's series in /metrics, refreshed at each scrape from the counters of its parts.
//   export_metrics(metrics, {accountant, *ledger, budgets, energy});
#pragma once

#include "base/metrics/metrics.h"
#include "cost/accountant.h"
#include "cost/ledger.h"

namespace tandem::cost {

struct MetricSources {  // all outlive the metrics
  const Accountant& accountant;
  const Ledger& ledger;
  const Budgets& budgets;
  const EnergyModel& energy;
};
void export_metrics(metrics::Metrics& metrics, MetricSources sources);

}  // namespace tandem::cost
