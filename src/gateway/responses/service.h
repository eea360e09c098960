// ResponseStore: the stored responses of all projects: what a call refers to is loaded before it,
// its answer is kept after it, both off the io threads. A key sees the responses of its project
// whose endpoint it may call; any other is as if it were not there. Owned by the composition root;
// any thread.
//   CO_TRY(Context context, co_await store.load(principal, links));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/async/task.h"
#include "base/context.h"
#include "base/metrics/metrics.h"
#include "gateway/config.h"
#include "gateway/responses/config.h"
#include "gateway/responses/links.h"
#include "gateway/responses/store.h"
#include "store/db.h"

namespace tandem::gateway::responses {

// What stored responses put into a call.
struct Context {
  std::vector<std::string> earlier;  // items, the oldest first
  std::vector<std::string> items;    // instead of links.references
};

class ResponseStore {
 public:
  ResponseStore(store::Db& db, ResponsesConfig config, metrics::Metrics& metrics)
      : db_(db), config_(config), metrics_(metrics) {}

  const ResponsesConfig& config() const { return config_; }
  // NotFound names the id that there is not; PayloadTooLarge and InvalidArgument where a chain is
  // too long.
  Task<Result<Context>> load(const Principal& principal, const Links& links) const;
  // False: it could not be kept; it is logged and counted.
  Task<bool> keep(StoredResponse response) const;
  // Why an answer was not kept that was to be: "capture", "size", "off", "storage".
  void count_not_kept(std::string_view reason) const;

  struct Found {
    StoredResponse response;
    std::vector<StoredItem> items;  // of the side that was asked for
  };
  Task<Result<Found>> get(const Principal& principal, std::string_view id, Side side) const;
  Task<Result<void>> remove(const Principal& principal, std::string_view id) const;
  // Deletes what is older than it may be kept; how many went. For a chore's thread.
  Result<int64_t> delete_old_now(WallUs now_us) const;

 private:
  Result<Context> load_in(store::Connection& connection, const Principal& principal,
                          const Links& links) const;

  store::Db& db_;
  const ResponsesConfig config_;
  metrics::Metrics& metrics_;
};

}  // namespace tandem::gateway::responses
