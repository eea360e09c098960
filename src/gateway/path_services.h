// What the governed path works with. Owned by the composition root; outlives every call.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/async/snapshot.h"
#include "base/metrics/metrics.h"
#include "cost/accountant.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/guarding.h"
#include "identity/rate_limits.h"
#include "identity/replays.h"
#include "net/client.h"
#include "trace/recorder.h"

namespace tandem::gateway {

// Calls that clients wait for, under way now. Batches keep out of their way.
struct LiveCalls {
  std::atomic<int64_t> under_way{0};

  // Counts one call for as long as it lives.
  class Scope {
   public:
    explicit Scope(LiveCalls& calls) : calls_(calls) { ++calls_.under_way; }
    ~Scope() { --calls_.under_way; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    LiveCalls& calls_;
  };
};

struct PathServices {
  Snapshot<Catalog>& catalogs;
  cost::Accountant& accountant;
  const Guarding& guarding;
  trace::Recorder& recorder;
  identity::RateLimits& rate_limits;
  std::vector<std::unique_ptr<net::Client>>& clients;  // by io thread
  metrics::Metrics& metrics;
  identity::Replays* replays = nullptr;  // null: an Idempotency-Key is not honoured
  std::shared_ptr<LiveCalls> live = std::make_shared<LiveCalls>();

  net::Client& client(const IoThread& thread) const { return *clients[thread.index()]; }
};

}  // namespace tandem::gateway
