// Makes the targets that configuration names and keeps those that are in use, so that a catalog
// change does not restart an engine that it leaves alone. Blocking (it loads models): on a pool
// thread or at start. One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "gateway/catalog/endpoint.h"

namespace tandem::gateway {

class TargetFactory {
 public:
  virtual ~TargetFactory() = default;
  // Errors name the provider or file and say what was expected.
  virtual Result<std::shared_ptr<Target>> make(const ProjectId& project, EndpointKind kind,
                                               const std::string& endpoint,
                                               const TargetConfig& target,
                                               const ProviderMap& providers) = 0;
};

}  // namespace tandem::gateway
