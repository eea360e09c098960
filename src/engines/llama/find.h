// Where the model server and the model files are. Looks at the file system; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::engines {

// What scripts/setup fills: $TANDEM_CACHE, else ~/.cache/tandem.
std::filesystem::path cache_folder();

// `configured` where it is given; else llama-server in PATH; else the launcher in `cache`/bin.
Result<std::string> find_server_program(std::string_view configured,
                                        const std::filesystem::path& cache);

// A path of a .gguf file as it is; else the one .gguf file in `cache`/models/<model>.
Result<std::string> find_model_file(std::string_view model, const std::filesystem::path& cache);

}  // namespace tandem::engines
