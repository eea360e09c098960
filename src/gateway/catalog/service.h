// CatalogService: providers and endpoints from the configuration file and from the API, made into
// Catalogs. What the file declares is read-only here. Blocking: every method runs on the admin pool
// (one thread, so changes follow each other) or at start.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/snapshot.h"
#include "base/config/write.h"
#include "gateway/catalog/endpoint.h"
#include "gateway/catalog/store.h"
#include "gateway/catalog/target_factory.h"
#include "gateway/queue/call_queues.h"
#include "store/db.h"

namespace tandem::gateway {

enum class Write : uint8_t { Create, Replace, CreateOrReplace };

struct Expectation {
  Write write = Write::CreateOrReplace;
  std::optional<int64_t> version;  // If-Match
  bool dry_run = false;
};

template <class T>
struct Applied {
  T object;
  bool created = false;
  std::vector<config::Change> changes;
};

class CatalogService {
 public:
  // All of them outlive the service.
  CatalogService(store::Db& db, TargetFactory& factory, Snapshot<Catalog>& catalogs,
                 CallQueues& queues);

  // At start and on reload. Fails, changing nothing, where a name is unknown or an engine refuses.
  Result<void> load(ProviderMap file_providers, EndpointMap file_endpoints);

  Result<Applied<std::shared_ptr<const Endpoint>>> put_endpoint(const ProjectId& project,
                                                                const std::string& name,
                                                                EndpointConfig config,
                                                                Expectation expectation);
  Result<void> delete_endpoint(const ProjectId& project, const std::string& name,
                               Expectation expectation);
  Result<Applied<Provider>> put_provider(const std::string& name, ProviderConfig config,
                                         Expectation expectation);
  Result<void> delete_provider(const std::string& name, Expectation expectation);

 private:
  struct ManagedEndpoint {
    StoredObject row;
    EndpointConfig config;
  };
  struct State {  // everything that a catalog is made from
    ProviderMap file_providers;
    EndpointMap file_endpoints;
    std::map<std::string, Provider> providers;                                 // of the API
    std::map<std::pair<std::string, std::string>, ManagedEndpoint> endpoints;  // project, name
  };
  void publish(std::shared_ptr<const Catalog> catalog);
  Result<std::shared_ptr<const Catalog>> build(const State& state);
  Result<std::shared_ptr<const Endpoint>> resolve(const ProjectId& project, std::string name,
                                                  EndpointConfig config,
                                                  const ProviderMap& providers);
  Result<void> check_write(std::string_view what, const std::string& name, bool exists,
                           int64_t version, const Expectation& expectation) const;
  Result<void> publish(State next, const std::function<Result<void>(store::Connection&)>& save,
                       bool dry_run);

  store::Db& db_;
  TargetFactory& factory_;
  Snapshot<Catalog>& catalogs_;
  CallQueues& queues_;
  State state_;
};

}  // namespace tandem::gateway
