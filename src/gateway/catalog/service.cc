#include "gateway/catalog/service.h"

#include "base/clock.h"
#include "base/text/encode.h"

namespace tandem::gateway {
namespace {

ProviderMap all_providers(const ProviderMap& file, const std::map<std::string, Provider>& managed) {
  ProviderMap all;
  for (const auto& [name, provider] : managed) all.insert_or_assign(name, provider.config);
  for (const auto& [name, config] : file) all.insert_or_assign(name, config);
  return all;
}

Failure read_only(std::string_view what, const std::string& name) {
  return fail(Code::PermissionDenied,
              std::string(what) + " \"" + name + "\" is declared in the configuration file.",
              "Change it there, then reload the server with SIGHUP.");
}

}  // namespace

CatalogService::CatalogService(store::Db& db, TargetFactory& factory, Snapshot<Catalog>& catalogs,
                               CallQueues& queues)
    : db_(db), factory_(factory), catalogs_(catalogs), queues_(queues) {}

// From now on queues go by what the new catalog says: calls that wait are let go, or stay.
void CatalogService::publish(std::shared_ptr<const Catalog> catalog) {
  for (const auto& endpoint : catalog->all()) {
    if (!endpoint->queue) continue;
    endpoint->queue->configure(endpoint->config.queue);
    endpoint->queue->set_target_capacity(endpoint->target_capacity());
  }
  catalogs_.publish(std::move(catalog));
}

Result<void> CatalogService::load(ProviderMap file_providers, EndpointMap file_endpoints) {
  State next;
  next.file_providers = std::move(file_providers);
  next.file_endpoints = std::move(file_endpoints);
  TRY(const auto provider_rows, db_.read_now([](store::Connection& connection) {
    return list_objects(connection, Table::Providers);
  }));
  for (const StoredObject& row : provider_rows) {
    Provider provider;
    TRY(provider.config, config::read_body<ProviderConfig>(row.body));
    provider.declared_by = DeclaredBy::Api;
    provider.created_us = row.created_us;
    provider.updated_us = row.updated_us;
    provider.version = row.version;
    next.providers.insert_or_assign(row.name, std::move(provider));
  }
  TRY(const auto endpoint_rows, db_.read_now([](store::Connection& connection) {
    return list_objects(connection, Table::Endpoints);
  }));
  for (const StoredObject& row : endpoint_rows) {
    ManagedEndpoint endpoint{row, {}};
    TRY(endpoint.config, config::read_body<EndpointConfig>(row.body));
    next.endpoints.insert_or_assign({row.project, row.name}, std::move(endpoint));
  }
  TRY(auto catalog, build(next));
  state_ = std::move(next);
  publish(std::move(catalog));
  return {};
}

Result<std::shared_ptr<const Endpoint>> CatalogService::resolve(const ProjectId& project,
                                                                std::string name,
                                                                EndpointConfig config,
                                                                const ProviderMap& providers) {
  auto endpoint = std::make_shared<Endpoint>();
  const auto make_all = [&](const std::vector<TargetConfig>& from, std::string_view where,
                            std::vector<std::shared_ptr<Target>>& into) -> Result<void> {
    for (size_t i = 0; i < from.size(); ++i) {
      auto target = factory_.make(project, config.kind, name, from[i], providers);
      if (!target) {
        return fail(std::move(target).error().within(
            "endpoints." + name + "." + std::string(where) + "[" + std::to_string(i) + "]"));
      }
      into.push_back(*std::move(target));
    }
    return {};
  };
  TRY_VOID(make_all(config.targets, "targets", endpoint->targets));
  TRY_VOID(make_all(config.fallback, "fallback", endpoint->fallback));
  for (const TargetConfig& target : config.targets) endpoint->weights.push_back(target.weight);
  endpoint->queue = queues_.of(project, name, config.queue);
  endpoint->name = std::move(name);
  endpoint->project = project;
  endpoint->config = std::move(config);
  return endpoint;
}

Result<std::shared_ptr<const Catalog>> CatalogService::build(const State& state) {
  auto catalog = std::make_shared<Catalog>();
  const ProviderMap providers = all_providers(state.file_providers, state.providers);
  for (const auto& [name, provider] : state.providers) catalog->add_provider(name, provider);
  const WallUs now_us = wall_now_us();
  for (const auto& [name, config] : state.file_providers) {
    Provider provider;
    provider.config = config;
    provider.created_us = provider.updated_us = now_us;
    catalog->add_provider(name, std::move(provider));
  }
  for (const auto& [name, config] : state.file_endpoints) {
    TRY(auto endpoint, resolve(ProjectId(), name, config, providers));
    auto dated = std::make_shared<Endpoint>(*endpoint);
    dated->created_us = dated->updated_us = now_us;
    catalog->add(std::move(dated));
  }
  for (const auto& [key, managed] : state.endpoints) {
    auto endpoint = resolve(ProjectId(key.first), key.second, managed.config, providers);
    if (!endpoint) return fail(std::move(endpoint).error());
    auto dated = std::make_shared<Endpoint>(**endpoint);
    dated->declared_by = DeclaredBy::Api;
    dated->created_us = managed.row.created_us;
    dated->updated_us = managed.row.updated_us;
    dated->version = managed.row.version;
    catalog->add(std::move(dated));
  }
  return catalog;
}

Result<void> CatalogService::check_write(std::string_view what, const std::string& name,
                                         bool exists, int64_t version,
                                         const Expectation& expectation) const {
  if (exists && expectation.write == Write::Create) {
    return fail(Code::AlreadyExists, std::string(what) + " \"" + name + "\" exists already.",
                "Choose another name, or replace it with PUT.", "name");
  }
  if (!exists && expectation.write == Write::Replace) {
    return fail(Code::NotFound, "There is no " + text::to_ascii_lower(what) + " \"" + name + "\".");
  }
  if (expectation.version && (!exists || *expectation.version != version)) {
    return fail(Code::VersionConflict,
                std::string(what) + " \"" + name + "\" has version " + std::to_string(version) +
                    ", not " + std::to_string(*expectation.version) + ".",
                "Read it again, then repeat the change.", "if-match");
  }
  return {};
}

// Builds the next catalog first: what cannot work is refused before anything is stored.
Result<void> CatalogService::publish(State next,
                                     const std::function<Result<void>(store::Connection&)>& save,
                                     bool dry_run) {
  TRY(auto catalog, build(next));
  if (dry_run) return {};
  TRY_VOID(db_.write_now([&](store::Connection& connection) { return save(connection); }));
  state_ = std::move(next);
  publish(std::move(catalog));
  return {};
}

Result<Applied<std::shared_ptr<const Endpoint>>> CatalogService::put_endpoint(
    const ProjectId& project, const std::string& name, EndpointConfig config,
    Expectation expectation) {
  TRY_VOID(check_id_text(name, "The name of the endpoint"));
  if (state_.file_endpoints.contains(name)) return read_only("The endpoint", name);
  State next = state_;
  const auto key = std::make_pair(project.str(), name);
  const auto found = state_.endpoints.find(key);
  const bool exists = found != state_.endpoints.end();
  TRY_VOID(check_write("The endpoint", name, exists, exists ? found->second.row.version : 0,
                       expectation));
  Applied<std::shared_ptr<const Endpoint>> applied;
  applied.created = !exists;
  applied.changes = config::diff(exists ? found->second.config : EndpointConfig{}, config);
  const WallUs now_us = wall_now_us();
  StoredObject row{project.str(),
                   name,
                   config::to_json(config),
                   0,
                   exists ? found->second.row.version + 1 : 1,
                   exists ? found->second.row.created_us : now_us,
                   now_us};
  next.endpoints.insert_or_assign(key, ManagedEndpoint{row, config});
  TRY_VOID(publish(
      std::move(next),
      [&](store::Connection& connection) { return put_object(connection, Table::Endpoints, row); },
      expectation.dry_run));
  applied.object = catalogs_.get()->find(project, name);
  return applied;
}

Result<void> CatalogService::delete_endpoint(const ProjectId& project, const std::string& name,
                                             Expectation expectation) {
  if (state_.file_endpoints.contains(name)) return read_only("The endpoint", name);
  State next = state_;
  const auto found = next.endpoints.find({project.str(), name});
  const bool exists = found != next.endpoints.end();
  expectation.write = Write::Replace;
  TRY_VOID(check_write("The endpoint", name, exists, exists ? found->second.row.version : 0,
                       expectation));
  next.endpoints.erase(found);
  return publish(
      std::move(next),
      [&](store::Connection& connection) -> Result<void> {
        TRY_VOID(delete_object(connection, Table::Endpoints, project.view(), name));
        return {};
      },
      expectation.dry_run);
}

Result<Applied<Provider>> CatalogService::put_provider(const std::string& name,
                                                       ProviderConfig config,
                                                       Expectation expectation) {
  TRY_VOID(check_id_text(name, "The name of the provider"));
  if (state_.file_providers.contains(name)) return read_only("The provider", name);
  State next = state_;
  const auto found = state_.providers.find(name);
  const bool exists = found != state_.providers.end();
  TRY_VOID(
      check_write("The provider", name, exists, exists ? found->second.version : 0, expectation));
  Applied<Provider> applied;
  applied.created = !exists;
  applied.changes = config::diff(exists ? found->second.config : ProviderConfig{}, config);
  const WallUs now_us = wall_now_us();
  Provider& provider = applied.object;
  provider.config = std::move(config);
  provider.declared_by = DeclaredBy::Api;
  provider.version = exists ? found->second.version + 1 : 1;
  provider.created_us = exists ? found->second.created_us : now_us;
  provider.updated_us = now_us;
  next.providers.insert_or_assign(name, provider);
  const StoredObject row{"",
                         name,
                         config::to_json(provider.config),
                         0,
                         provider.version,
                         provider.created_us,
                         provider.updated_us};
  TRY_VOID(publish(
      std::move(next),
      [&](store::Connection& connection) { return put_object(connection, Table::Providers, row); },
      expectation.dry_run));
  return applied;
}

Result<void> CatalogService::delete_provider(const std::string& name, Expectation expectation) {
  if (state_.file_providers.contains(name)) return read_only("The provider", name);
  State next = state_;
  const auto found = next.providers.find(name);
  const bool exists = found != next.providers.end();
  expectation.write = Write::Replace;
  TRY_VOID(
      check_write("The provider", name, exists, exists ? found->second.version : 0, expectation));
  next.providers.erase(found);
  return publish(
      std::move(next),
      [&](store::Connection& connection) -> Result<void> {
        TRY_VOID(delete_object(connection, Table::Providers, "", name));
        return {};
      },
      expectation.dry_run);
}

}  // namespace tandem::gateway
