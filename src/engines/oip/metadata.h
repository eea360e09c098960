// The Open Inference Protocol's descriptions of server, models and repository as JSON, with
// Triton's additions that its clients ask for (config, repository index). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/predictor.h"

namespace tandem::engines::oip {

// The extensions that the codec of this folder speaks.
std::span<const std::string_view> extensions();

// {"name","version","extensions"}
std::string render_server_metadata(std::string_view version);
// {"name","versions","platform","inputs","outputs"}; the columns of a map output name their classes
// in "parameters": {"classes": […]}.
std::string render_model_metadata(const ModelMetadata& model,
                                  std::span<const std::string> versions);
// Triton's model configuration, as far as we have one: perf_analyzer needs it.
std::string render_model_config(const ModelMetadata& model);

struct RepositoryEntry {
  std::string name;
  std::string version;
  bool ready = false;
  std::string reason;  // why not
};
// [{"name","version","state","reason"}]
std::string render_repository_index(std::span<const RepositoryEntry> entries);

}  // namespace tandem::engines::oip
