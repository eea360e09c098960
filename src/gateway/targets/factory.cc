#include "gateway/targets/factory.h"

#include "base/config/write.h"
#include "base/text/encode.h"
#include "engines/llama/find.h"
#include "gateway/providers/registry.h"
#include "gateway/targets/embedding_target.h"
#include "gateway/targets/http_target.h"
#include "gateway/targets/llama_target.h"
#include "gateway/targets/predict_target.h"
#include "gateway/targets/rerank_target.h"

namespace tandem::gateway {
namespace {

std::vector<std::string> names_of(const ProviderMap& providers) {
  std::vector<std::string> names;
  for (const auto& [name, provider] : providers) names.push_back(name);
  return names;
}

Failure unknown_provider(const std::string& name, const ProviderMap& providers) {
  const std::vector<std::string> names = names_of(providers);
  const std::string_view near = text::nearest(name, names);
  std::string hint = "Declare it under providers.";
  if (!near.empty()) hint = "Did you mean \"" + std::string(near) + "\"? Else d" + hint.substr(1);
  return fail(Code::InvalidArgument, "There is no provider \"" + name + "\".", hint, "provider");
}

}  // namespace

EngineTargetFactory::EngineTargetFactory(Parts parts)
    : parts_(std::move(parts)), cache_(engines::cache_folder()) {}

Result<std::shared_ptr<Target>> EngineTargetFactory::make(const ProjectId& project,
                                                          EndpointKind kind, const std::string&,
                                                          const TargetConfig& target,
                                                          const ProviderMap& providers) {
  const ProviderConfig* provider = nullptr;
  if (kind != EndpointKind::Predict) {
    const auto found = providers.find(target.provider);
    if (found == providers.end()) return unknown_provider(target.provider, providers);
    provider = &found->second;
  }
  std::string key = std::to_string(static_cast<int>(kind)) + "\n" + project.str() + "\n" +
                    target.provider + "\n" + target.model + "\n" + target.file + "\n";
  if (provider) key += config::to_json(*provider);
  std::weak_ptr<Target>& known = targets_[key];
  if (auto target_in_use = known.lock()) return target_in_use;
  TRY(auto made, make_new(project, kind, target, provider));
  known = made;
  std::erase_if(targets_, [](const auto& entry) { return entry.second.expired(); });
  return made;
}

Result<std::shared_ptr<Target>> EngineTargetFactory::make_new(const ProjectId& project,
                                                              EndpointKind kind,
                                                              const TargetConfig& target,
                                                              const ProviderConfig* provider) {
  if (kind == EndpointKind::Predict) return make_predictor(project, target);
  const ProviderTraits& traits = traits_of(provider->kind);
  if (!traits.api) {
    if (traits.name == "onnx") return make_encoder(kind, target, *provider);
    return make_llama(target, *provider, kind == EndpointKind::Embedding);
  }
  const std::string model = target.model.empty() ? provider->model : target.model;
  if (model.empty()) {
    return fail(Code::InvalidArgument, "The target names no model.",
                "Give the name that the provider uses for it.", "model");
  }
  TRY(auto account, account_of(target.provider, *provider));
  return std::make_shared<HttpTarget>(std::move(account), model);
}

Result<std::shared_ptr<ProviderAccount>> EngineTargetFactory::account_of(
    const std::string& name, const ProviderConfig& config) {
  std::weak_ptr<ProviderAccount>& known = accounts_[name + "\n" + config::to_json(config)];
  if (auto in_use = known.lock()) return in_use;
  TRY(auto made, ProviderAccount::create(name, config));
  known = made;
  std::erase_if(accounts_, [](const auto& entry) { return entry.second.expired(); });
  return made;
}

Result<std::shared_ptr<Target>> EngineTargetFactory::make_predictor(const ProjectId& project,
                                                                    const TargetConfig& target) {
  std::string path = target.file;
  std::string name = std::filesystem::path(target.file).stem().string();
  if (target.file.rfind("blob:", 0) == 0) {
    TRY(const store::BlobId blob, store::BlobId::parse(target.file));
    if (!project.empty()) {
      TRY(const bool owned, parts_.owns_blob(project.view(), target.file));
      if (!owned) {
        return fail(Code::NotFound, "The project has no uploaded model " + target.file + ".",
                    "Upload it first: POST /api/tandem/v1/models/upload?name=…", "file");
      }
    }
    TRY(const auto local, parts_.blobs.local_path(blob));
    path = local.string();
    name = blob.hex().substr(0, 12);
  } else if (!project.empty()) {
    return fail(
        Code::InvalidArgument, "An endpoint that is made over the API serves uploaded models only.",
        "Upload the file (POST /api/tandem/v1/models/upload?name=…) and name its blob.", "file");
  }
  TRY(auto predictor, engines::Predictor::load_file(parts_.onnx, name, path, {}));
  return std::make_shared<PredictTarget>("onnx", name, std::move(predictor));
}

Result<std::shared_ptr<Target>> EngineTargetFactory::make_llama(const TargetConfig& target,
                                                                const ProviderConfig& provider,
                                                                bool embedding) {
  const std::string model = !target.model.empty()     ? target.model
                            : !provider.model.empty() ? provider.model
                                                      : provider.model_file;
  const std::string source = provider.model_file.empty() ? model : provider.model_file;
  const std::string key = target.provider + "\n" + config::to_json(provider) + "\n" + source +
                          (embedding ? "\nembedding" : "");
  std::lock_guard lock(servers_mutex_);
  Server& entry = servers_[key];
  auto server = entry.server.lock();
  if (!server) {
    engines::LlamaOptions options;
    options.name = model;
    TRY(options.program, engines::find_server_program(parts_.llama_program, cache_));
    TRY(options.model_file, engines::find_model_file(source, cache_));
    options.context_tokens = provider.context_tokens;
    options.parallel = static_cast<int>(provider.parallel);
    options.threads = static_cast<int>(provider.threads);
    options.embedding = embedding;
    options.idle_unload_ms = provider.idle_unload_s * 1000;
    server = std::make_shared<engines::LlamaServer>(parts_.supervisor, std::move(options));
    entry = {target.provider, model, server};
  }
  return std::make_shared<LlamaTarget>(target.provider, model, std::move(server));
}

Result<std::shared_ptr<Target>> EngineTargetFactory::make_encoder(EndpointKind kind,
                                                                  const TargetConfig& target,
                                                                  const ProviderConfig& provider) {
  const std::string model = target.model.empty() ? provider.model : target.model;
  std::filesystem::path folder = provider.model_file;
  if (folder.empty()) {
    folder = cache_ / "models" / model;
    // Quantised models are kept under their precision: bge-small-en-v1.5-int8.
    if (!std::filesystem::exists(folder)) folder += "-int8";
  }
  if (!std::filesystem::exists(folder / "model.onnx")) {
    return fail(
        Code::InvalidArgument,
        "There is no model \"" + model + "\" (" + folder.string() + "/model.onnx is missing).",
        "Run scripts/setup, or give model_file: a folder with model.onnx and vocab.txt.", "model");
  }
  const int threads = static_cast<int>(std::max<int64_t>(provider.threads, 1));
  if (kind == EndpointKind::Rerank) {
    engines::RerankerOptions options;
    options.name = model;
    options.intra_op_threads = threads;
    return std::make_shared<RerankTarget>(target.provider, model, folder.string(), options,
                                          parts_.onnx, parts_.loaders);
  }
  engines::EmbedderOptions options;
  options.name = model;
  options.intra_op_threads = threads;
  return std::make_shared<EmbeddingTarget>(target.provider, model, folder.string(), options,
                                           parts_.onnx, parts_.loaders);
}

std::vector<EngineStatus> EngineTargetFactory::engines() const {
  std::lock_guard lock(servers_mutex_);
  std::vector<EngineStatus> list;
  for (const auto& [key, entry] : servers_) {
    if (auto server = entry.server.lock()) {
      list.push_back({entry.provider, entry.model, server->status()});
    }
  }
  return list;
}

}  // namespace tandem::gateway
