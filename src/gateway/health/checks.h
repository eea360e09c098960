// HealthChecks: asks providers that want it now and then whether they are well, and keeps calls
// away from the targets of one that is not. A GET without a body: no model is called, nothing
// costs. Owned by the composition root, runs on one io thread, at most eight questions at a time.
//   HealthChecks checks(threads.at(0), client, catalogs, metrics);
//   checks.start();  …  threads.run_task(0, [&](IoThread&) { return checks.stop(); });
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/async/event.h"
#include "base/async/io_threads.h"
#include "base/async/scope.h"
#include "base/async/snapshot.h"
#include "base/metrics/metrics.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/health/health_check.h"

namespace tandem::gateway {

// What the checks of one provider found.
struct ProviderHealth {
  bool up = true;
  int64_t in_a_row = 0;    // answers that speak against that, up to now
  WallUs since_us = 0;     // when it became so; 0: always was
  WallUs checked_us = 0;   // when it last answered, or did not
  std::string last_error;  // of the last bad answer
};

class HealthChecks {
 public:
  // All outlive the checks; `client` is the one of `thread`.
  HealthChecks(IoThread& thread, net::Client& client, const Snapshot<Catalog>& catalogs,
               metrics::Metrics& metrics);
  ~HealthChecks();

  void start();       // the thread runs
  Task<void> stop();  // on the thread; returns when nobody is asked any more
  // Any thread; nullopt: it is not checked, or was not yet.
  std::optional<ProviderHealth> of(std::string_view provider) const;

 private:
  struct Checked;
  using All = std::map<std::string, std::shared_ptr<Checked>, std::less<>>;

  Task<void> run();
  // Asks those whose time has come; when to look again.
  SteadyUs turn();
  void forget_others(const Catalog& catalog);
  Task<void> ask(std::shared_ptr<Checked> checked);
  Task<Result<void>> question(Checked& checked);
  void answered(Checked& checked, const Result<void>& answer);
  void mark(std::string_view provider, bool down) const;

  IoThread& thread_;
  net::Client& client_;
  const Snapshot<Catalog>& catalogs_;
  metrics::Metrics& metrics_;
  Event changed_;
  Scope scope_;
  CancelSource cancel_;
  All all_;  // of the thread
  size_t asking_ = 0;
  bool stopping_ = false;
  mutable std::mutex mutex_;  // of what others may read
  std::map<std::string, ProviderHealth, std::less<>> found_;
};

// What is asked for where the configuration names no path.
std::string check_path(const ProviderConfig& config, std::string_view base_path);

}  // namespace tandem::gateway
