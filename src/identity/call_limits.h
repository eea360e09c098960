// CallLimitsService: which limits are set over the API for projects, teams, users, keys and
// endpoints, kept in step with RateLimits. Blocking: load() and refresh_now() at start and on a
// chore's thread, put() and remove() on the admin pool; list() on any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "identity/rate_limits.h"
#include "store/db.h"

namespace tandem::identity {

// What the ledger says that a subject used since `from_us`; so that the limits of days and months
// outlive a restart. App wires it.
using UsedSince = std::function<Result<LimitUse>(LimitScope, std::string_view id, WallUs from_us)>;

struct SetLimits {
  CallLimits limits;
  int64_t version = 1;
  WallUs created_us = 0;
  WallUs updated_us = 0;
};

class CallLimitsService {
 public:
  using Name = std::pair<LimitScope, std::string>;

  // Both outlive it.
  CallLimitsService(store::Db& db, RateLimits& limits) : db_(db), limits_(limits) {}

  // Before calls come.
  Result<void> load(UsedSince used_since, WallUs now_us);
  // Takes in what other nodes changed.
  Result<void> refresh_now(WallUs now_us);

  // `expected`: the version that must be there, 0: none.
  Result<SetLimits> put(const Name& name, const CallLimits& limits, std::optional<int64_t> expected,
                        WallUs now_us);
  Result<void> remove(const Name& name);

  std::map<Name, SetLimits> list() const;

 private:
  Result<void> apply(const Name& name, const CallLimits& limits, WallUs now_us);
  Result<std::map<Name, SetLimits>> read();

  store::Db& db_;
  RateLimits& limits_;
  UsedSince used_since_;
  mutable std::mutex mutex_;  // of `set_`
  std::map<Name, SetLimits> set_;
};

}  // namespace tandem::identity
