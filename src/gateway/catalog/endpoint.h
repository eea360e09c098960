// Endpoint and Catalog: what clients can name as model, resolved and ready to be called. A Catalog
// is immutable; a change makes a new one (catalog.h), and calls in flight keep theirs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "gateway/config.h"
#include "gateway/target.h"

namespace tandem::gateway {

class CallQueue;

enum class DeclaredBy : uint8_t { File, Api };

struct Endpoint {
  std::string name;
  ProjectId project;  // empty: declared in the file, for every project
  EndpointConfig config;
  std::vector<std::shared_ptr<Target>> targets;  // in the order of config.targets
  std::vector<std::shared_ptr<Target>> fallback;
  std::vector<int64_t> weights;
  std::shared_ptr<CallQueue> queue;  // where calls wait for their turn; null: nowhere
  DeclaredBy declared_by = DeclaredBy::File;
  WallUs created_us = 0;
  WallUs updated_us = 0;
  int64_t version = 1;

  const std::shared_ptr<Target>& target(size_t step) const {
    return step < targets.size() ? targets[step] : fallback[step - targets.size()];
  }
  // What keeps calls away from one of its targets or fallbacks.
  TargetRules rules_of(const Target& target) const;
  // How many calls its targets take together; INT64_MAX: any number.
  int64_t target_capacity() const;
};

struct Provider {
  ProviderConfig config;
  DeclaredBy declared_by = DeclaredBy::File;
  WallUs created_us = 0;
  WallUs updated_us = 0;
  int64_t version = 1;
};

class Catalog {
 public:
  using Endpoints = std::map<std::string, std::shared_ptr<const Endpoint>, std::less<>>;

  void add(std::shared_ptr<const Endpoint> endpoint);
  void add_provider(std::string name, Provider provider);

  // The project's own endpoint of that name, else the one for every project; null: none.
  std::shared_ptr<const Endpoint> find(const ProjectId& project, std::string_view name) const;
  // Those of `project` and those for every project, by name.
  std::vector<std::shared_ptr<const Endpoint>> list(const ProjectId& project) const;
  std::vector<std::shared_ptr<const Endpoint>> all() const;
  const std::map<std::string, Provider, std::less<>>& providers() const { return providers_; }

 private:
  std::map<std::string, Endpoints, std::less<>> by_project_;  // "" holds those for every project
  std::map<std::string, Provider, std::less<>> providers_;
};

}  // namespace tandem::gateway
