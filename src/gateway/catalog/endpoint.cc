#include "gateway/catalog/endpoint.h"

#include <algorithm>

namespace tandem::gateway {

TargetRules Endpoint::rules_of(const Target& target) const {
  const auto of = [&](const auto& all, const std::vector<TargetConfig>& configs) {
    for (size_t i = 0; i < std::min(all.size(), configs.size()); ++i) {
      if (all[i].get() == &target && configs[i].concurrency.enabled()) {
        return &configs[i].concurrency;
      }
    }
    return &config.concurrency;
  };
  const ConcurrencyConfig* concurrency = of(targets, config.targets);
  if (concurrency == &config.concurrency) concurrency = of(fallback, config.fallback);
  return {config.breaker, *concurrency};
}

int64_t Endpoint::target_capacity() const {
  int64_t sum = 0;
  for (const auto& target : targets) {
    const int64_t capacity = target->health().capacity(rules_of(*target).concurrency);
    if (capacity == INT64_MAX) return INT64_MAX;
    sum += capacity;
  }
  return sum;
}

void Catalog::add(std::shared_ptr<const Endpoint> endpoint) {
  by_project_[endpoint->project.str()].insert_or_assign(endpoint->name, endpoint);
}

void Catalog::add_provider(std::string name, Provider provider) {
  providers_.insert_or_assign(std::move(name), std::move(provider));
}

std::shared_ptr<const Endpoint> Catalog::find(const ProjectId& project,
                                              std::string_view name) const {
  for (const std::string_view owner : {project.view(), std::string_view()}) {
    const auto endpoints = by_project_.find(owner);
    if (endpoints == by_project_.end()) continue;
    const auto found = endpoints->second.find(name);
    if (found != endpoints->second.end()) return found->second;
  }
  return nullptr;
}

std::vector<std::shared_ptr<const Endpoint>> Catalog::list(const ProjectId& project) const {
  Endpoints visible;
  for (const std::string_view owner : {std::string_view(), project.view()}) {
    const auto endpoints = by_project_.find(owner);
    if (endpoints == by_project_.end()) continue;
    for (const auto& [name, endpoint] : endpoints->second) visible.insert_or_assign(name, endpoint);
  }
  std::vector<std::shared_ptr<const Endpoint>> list;
  for (const auto& [name, endpoint] : visible) list.push_back(endpoint);
  return list;
}

std::vector<std::shared_ptr<const Endpoint>> Catalog::all() const {
  std::vector<std::shared_ptr<const Endpoint>> list;
  for (const auto& [project, endpoints] : by_project_) {
    for (const auto& [name, endpoint] : endpoints) list.push_back(endpoint);
  }
  return list;
}

}  // namespace tandem::gateway
