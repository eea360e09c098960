// The one place that knows which provider kind becomes which target. See catalog/target_factory.h.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/pool.h"
#include "engines/llama/llama_server.h"
#include "engines/llama/supervisor.h"
#include "engines/onnx/runtime.h"
#include "gateway/catalog/target_factory.h"
#include "gateway/targets/provider_account.h"
#include "store/blobs.h"

namespace tandem::gateway {

struct EngineStatus {
  std::string provider;
  std::string model;
  engines::ServerStatus server;
};

class EngineTargetFactory final : public TargetFactory {
 public:
  struct Parts {  // all outlive the factory and its targets
    engines::Supervisor& supervisor;
    engines::onnx::Runtime& onnx;
    Pool& loaders;
    store::Blobs& blobs;
    // Whether `project` has uploaded that blob: nobody serves another tenant's model.
    std::function<Result<bool>(std::string_view project, std::string_view blob)> owns_blob;
    std::string llama_program;  // configured path; empty: searched
  };
  explicit EngineTargetFactory(Parts parts);

  Result<std::shared_ptr<Target>> make(const ProjectId& project, EndpointKind kind,
                                       const std::string& endpoint, const TargetConfig& target,
                                       const ProviderMap& providers) override;
  // The supervised children that are in use. Any thread.
  std::vector<EngineStatus> engines() const;

 private:
  Result<std::shared_ptr<Target>> make_new(const ProjectId& project, EndpointKind kind,
                                           const TargetConfig& target,
                                           const ProviderConfig* provider);
  // The account of a provider, one for all its targets.
  Result<std::shared_ptr<ProviderAccount>> account_of(const std::string& name,
                                                      const ProviderConfig& config);
  Result<std::shared_ptr<Target>> make_predictor(const ProjectId& project,
                                                 const TargetConfig& target);
  Result<std::shared_ptr<Target>> make_llama(const TargetConfig& target,
                                             const ProviderConfig& provider, bool embedding);
  Result<std::shared_ptr<Target>> make_encoder(EndpointKind kind, const TargetConfig& target,
                                               const ProviderConfig& provider);

  Parts parts_;
  std::filesystem::path cache_;
  std::map<std::string, std::weak_ptr<Target>> targets_;            // by what they were made from
  std::map<std::string, std::weak_ptr<ProviderAccount>> accounts_;  // likewise
  mutable std::mutex servers_mutex_;
  struct Server {
    std::string provider, model;
    std::weak_ptr<engines::LlamaServer> server;
  };
  std::map<std::string, Server> servers_;
};

}  // namespace tandem::gateway
