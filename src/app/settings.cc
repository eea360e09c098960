#include "app/settings.h"

#include <charconv>
#include <filesystem>

#include "engines/llama/find.h"
#include "gateway/providers/registry.h"

namespace tandem::app {

void JournalSyncSettings::validate(config::Errors& errors) const {
  if (mode != "always" && mode != "interval" && mode != "os") {
    errors.field("mode", "must be always, interval or os");
  }
}

store::JournalOptions JournalSyncSettings::options() const {
  store::JournalOptions options;
  options.sync = mode == "always" ? store::Sync::Always
                 : mode == "os"   ? store::Sync::Os
                                  : store::Sync::Interval;
  options.sync_interval_ms = static_cast<int>(interval_ms);
  return options;
}

void Settings::validate(config::Errors& errors) const {
  if (auto parsed = parse_listen(listen); !parsed) {
    errors.field("listen", "must be HOST:PORT: " + parsed.error().message);
  }
  const auto check = [&](const std::string& name, const std::vector<gateway::TargetConfig>& list,
                         std::string_view where) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].provider.empty() || providers.contains(list[i].provider)) continue;
      errors.field(
          "endpoints." + name + "." + std::string(where) + "[" + std::to_string(i) + "].provider",
          "names \"" + list[i].provider + "\", which is not under providers");
    }
  };
  for (const auto& [name, project] : projects) {
    if (auto ok = check_id_text(name, "\"" + name + "\""); !ok) {
      errors.field("projects", "has a wrong name: " + ok.error().message);
    }
  }
  for (const auto& [name, endpoint] : endpoints) {
    if (auto ok = check_id_text(name, "The name"); !ok) {
      errors.field("endpoints", "has a wrong name: " + ok.error().message);
    }
    check(name, endpoint.targets, "targets");
    check(name, endpoint.fallback, "fallback");
  }
}

std::vector<cost::FileBudget> Settings::budgets() const {
  std::vector<cost::FileBudget> list;
  for (const auto& [name, project] : projects) {
    if (project.budget) list.push_back({cost::Scope::Project, name, *project.budget});
  }
  return list;
}

std::vector<identity::ProjectSettings> Settings::declared_projects() const {
  std::vector<identity::ProjectSettings> list;
  for (const auto& [name, project] : projects) list.push_back({name, project.description});
  return list;
}

Settings embedded_defaults() {
  Settings settings;
  const std::filesystem::path models = engines::cache_folder() / "models";
  std::error_code ignored;
  if (std::filesystem::exists(models / "smollm2-135m-instruct", ignored)) {
    gateway::ProviderConfig local;
    local.kind = gateway::provider_kind("llama");
    local.model = "smollm2-135m-instruct";
    settings.providers.emplace("local", local);
    gateway::EndpointConfig chat;
    chat.default_max_tokens = 512;
    chat.targets.emplace_back().provider = "local";
    settings.endpoints.emplace("chat", chat);
  }
  if (std::filesystem::exists(models / "bge-small-en-v1.5-int8", ignored)) {
    gateway::ProviderConfig embedded;
    embedded.kind = gateway::provider_kind("onnx");
    embedded.model = "bge-small-en-v1.5";
    settings.providers.emplace("embedded", embedded);
    gateway::EndpointConfig embedding;
    embedding.kind = gateway::EndpointKind::Embedding;
    embedding.targets.emplace_back().provider = "embedded";
    settings.endpoints.emplace("embedding", embedding);
  }
  if (std::filesystem::exists(models / "ms-marco-minilm-l12-int8", ignored)) {
    gateway::ProviderConfig reranker;
    reranker.kind = gateway::provider_kind("onnx");
    reranker.model = "ms-marco-minilm-l12";
    settings.providers.emplace("reranker", reranker);
    gateway::EndpointConfig rerank;
    rerank.kind = gateway::EndpointKind::Rerank;
    rerank.targets.emplace_back().provider = "reranker";
    settings.endpoints.emplace("rerank", rerank);
  }
  return settings;
}

Result<std::pair<std::string, uint16_t>> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return fail(Code::InvalidArgument, "\"" + text + "\" has no HOST:PORT.",
                "Write it as 127.0.0.1:8900.");
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  unsigned port = 0;
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, port);
  if (error != std::errc{} || stop != end || port > 65535) {
    return fail(Code::InvalidArgument, "\"" + text + "\" has no port from 0 to 65535.",
                "Write it as 127.0.0.1:8900.");
  }
  return std::make_pair(host, static_cast<uint16_t>(port));
}

}  // namespace tandem::app
