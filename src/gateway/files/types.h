// What a file of the files API is: bytes that a project keeps here under a name and for a purpose.
// Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/config/describe.h"

namespace tandem::gateway::files {

struct File {
  std::string id;  // "file-…", in the order in which they were made
  std::string project;
  std::string key;  // that made it
  std::string filename;
  std::string purpose;
  int64_t size_bytes = 0;
  std::string blob;  // "blob:<sha256>"
  WallUs created_us = 0;
  WallUs expires_us = 0;  // 0: never
};

// What clients may say that a file is for; batch_output is the server's own.
inline constexpr std::array<std::string_view, 6> kPurposes = {
    "assistants", "batch", "fine-tune", "vision", "user_data", "evals"};
inline constexpr std::string_view kBatchOutput = "batch_output";

std::string make_file_id();

struct FilesConfig {
  static constexpr std::string_view kTypeName = "files";
  int64_t max_bytes = 512LL * 1024 * 1024;
  int64_t max_project_bytes = 100LL * 1024 * 1024 * 1024;

  template <class V>
  static void describe(V& v) {
    v.field("max_bytes", &FilesConfig::max_bytes, "Largest file that POST /v1/files takes.")
        .range(1, 8'589'934'592);
    v.field("max_project_bytes", &FilesConfig::max_project_bytes,
            "What the files of one project may have together.")
        .range(1, 1'125'899'906'842'624);
  }
};

}  // namespace tandem::gateway::files
