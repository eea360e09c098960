#include "engines/onnx/runtime.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "engines/errors.h"
#include "engines/onnx/api_internal.h"

namespace tandem::engines::onnx {
namespace {

std::string default_cache_dir() {
  if (const char* cache = std::getenv("TANDEM_CACHE"); cache && *cache) return cache;
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : "/root") + "/.cache/tandem";
}

void ORT_API_CALL write_log(void*, OrtLoggingLevel severity, const char*, const char*, const char*,
                            const char* message) {
  // What went wrong comes back as a status too, and is logged once, where it becomes an answer.
  if (severity < ORT_LOGGING_LEVEL_FATAL)
    log::debug("engines", "ONNX Runtime: {}", message);
  else
    log::error("engines", "ONNX Runtime: {}", message);
}

Error environment_error(const Problem& problem) {
  return errors::run_failed("ONNX Runtime", problem.message);
}

// One arena for all sessions: a bound that holds for their sum. Grown by what was asked for, not to
// the next power of two, so that memory follows use.
Result<void> register_arena(const OrtApi& api, OrtEnv* env, size_t max_bytes) {
  OrtMemoryInfo* info = nullptr;
  ORT_TRY(api, api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &info),
          environment_error);
  const Handle<OrtMemoryInfo> owned_info(info, api.ReleaseMemoryInfo);
  const char* keys[] = {"max_mem", "arena_extend_strategy"};
  const size_t values[] = {max_bytes, 1};
  OrtArenaCfg* config = nullptr;
  ORT_TRY(api, api.CreateArenaCfgV2(keys, values, 2, &config), environment_error);
  const Handle<OrtArenaCfg> owned_config(config, api.ReleaseArenaCfg);
  ORT_TRY(api, api.CreateAndRegisterAllocator(env, info, config), environment_error);
  return {};
}

Result<std::shared_ptr<const Library>> start(void* handle, const std::string& path,
                                             size_t arena_max_bytes) {
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(handle, "OrtGetApiBase"));
  if (!get_base) return fail(errors::runtime_missing(path + " (it lacks OrtGetApiBase)"));
  auto library = std::make_shared<Library>();
  library->path = path;
  library->version = get_base()->GetVersionString();
  library->api = get_base()->GetApi(ORT_API_VERSION);
  if (!library->api) return fail(errors::runtime_too_old(path, library->version));
  const OrtApi& api = *library->api;
  ORT_TRY(api,
          api.CreateEnvWithCustomLogger(write_log, nullptr, ORT_LOGGING_LEVEL_WARNING, "tandem",
                                        &library->env),
          environment_error);
  ORT_TRY(api, api.DisableTelemetryEvents(library->env), environment_error);
  TRY_VOID(register_arena(api, library->env, arena_max_bytes));
  ORT_TRY(api, api.GetAllocatorWithDefaultOptions(&library->allocator), environment_error);
  log::info("engines", "opened ONNX Runtime {} from {}", library->version, path);
  return library;
}

}  // namespace

Library::~Library() {
  if (env) api->ReleaseEnv(env);
  // The library itself stays mapped: its threads' destructors may still run.
}

Runtime::Runtime(RuntimeOptions options) : options_(std::move(options)) {}

std::vector<std::string> Runtime::candidates() const {
  if (!options_.library_path.empty()) return {options_.library_path};
  const std::string cache = options_.cache_dir.empty() ? default_cache_dir() : options_.cache_dir;
  return {cache + "/onnxruntime/lib/libonnxruntime.so.1", "libonnxruntime.so.1",
          "libonnxruntime.so"};
}

Result<std::shared_ptr<const Library>> Runtime::library() {
  std::lock_guard lock(mutex_);
  if (library_) return library_;
  std::string tried;
  for (const std::string& path : candidates()) {
    // RTLD_LOCAL: its bundled symbols (protobuf, abseil) must not meet ours.
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      TRY(library_, start(handle, path, options_.arena_max_bytes));
      return library_;
    }
    if (!tried.empty()) tried += "; ";
    tried += dlerror();
  }
  return fail(errors::runtime_missing(tried));
}

bool Runtime::opened() const {
  std::lock_guard lock(mutex_);
  return library_ != nullptr;
}

}  // namespace tandem::engines::onnx
