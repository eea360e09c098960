#include "engines/llama/find.h"

#include <unistd.h>

#include <cstdlib>

#include "engines/llama/errors.h"

namespace tandem::engines {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kProgramName = "llama-server";

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

fs::path cache_folder() {
  if (std::string cache = variable("TANDEM_CACHE"); !cache.empty()) return cache;
  return fs::path(variable("HOME")) / ".cache/tandem";
}

Result<std::string> find_server_program(std::string_view configured, const fs::path& cache) {
  if (!configured.empty()) {
    if (is_program(configured)) return std::string(configured);
    return fail(llama_errors::program_missing(configured));
  }
  const std::string search = variable("PATH");
  for (std::string_view rest = search; !rest.empty();) {
    const size_t end = std::min(rest.find(':'), rest.size());
    // An empty entry would mean the current folder: never run what happens to lie there.
    if (end > 0) {
      const fs::path candidate = fs::path(rest.substr(0, end)) / kProgramName;
      if (is_program(candidate)) return candidate.string();
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const fs::path launcher = cache / "bin" / kProgramName;
  if (is_program(launcher)) return launcher.string();
  return fail(llama_errors::program_missing({}));
}

Result<std::string> find_model_file(std::string_view model, const fs::path& cache) {
  std::error_code ignored;
  const fs::path path(model);
  if (path.extension() == ".gguf") {
    if (fs::is_regular_file(path, ignored)) return path.string();
    return fail(llama_errors::model_file_missing(model, path.string()));
  }
  const fs::path folder = cache / "models" / model;
  std::string found;
  // A name, not a way out of the folder.
  if (model.find("..") == std::string_view::npos) {
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().extension() != ".gguf") continue;
      if (!found.empty()) return fail(llama_errors::model_file_ambiguous(model, folder.string()));
      found = entry.path().string();
    }
  }
  if (found.empty()) {
    return fail(llama_errors::model_file_missing(model, (folder / "*.gguf").string()));
  }
  return found;
}

}  // namespace tandem::engines
