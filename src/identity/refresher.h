// Refresher: carries committed changes of keys and projects from the database into memory. Every
// write of this node is followed by a refresh before it is answered, so a key works and a revoked
// one stops with the answer; what other nodes write is seen by calling refresh() on a timer. The
// database's own counter decides what is new, so refreshes may overlap and arrive in any order.
// Owned by Identity; any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "base/async/task.h"
#include "base/result.h"
#include "identity/key_table.h"
#include "identity/rate_limits.h"
#include "store/db.h"

namespace tandem::identity {

class Refresher {
 public:
  Refresher(store::Db& db, KeyTable& table, RateLimits& limits)
      : db_(db), table_(table), limits_(limits) {}

  Task<Result<void>> refresh();
  Result<void> refresh_now();  // blocking, for start-up and timers

  bool project_exists(const ProjectId& project) const;

 private:
  struct Changes {
    int64_t last = 0;
    std::vector<KeyTable::Change> keys;
    std::set<ProjectId> projects;
  };
  store::Db::Job<Changes> reading() const;
  void apply(Changes changes);

  store::Db& db_;
  KeyTable& table_;
  RateLimits& limits_;
  std::atomic<int64_t> loaded_{0};  // the newest change in memory
  mutable std::mutex mutex_;
  std::set<ProjectId> projects_;  // under mutex_
};

}  // namespace tandem::identity
