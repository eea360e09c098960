// What a batch is: many requests in a file, answered into a file, at leisure. Plain values.
// Source: OpenAI API reference, "Batch".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/config/describe.h"

namespace tandem::gateway::batches {

enum class Status : uint8_t {
  Validating,
  InProgress,
  Finalizing,
  Cancelling,
  Completed,
  Failed,  // its input was refused
  Expired,
  Cancelled,
};
std::string_view status_name(Status status);  // "in_progress"
Status parse_status(std::string_view name);   // what the database holds

struct Batch {
  std::string id;  // "batch_…", in the order in which they were made
  std::string project;
  std::string key;       // in whose name its lines are called
  std::string node;      // which server has its files
  std::string endpoint;  // "/v1/chat/completions"
  std::string input_file;
  std::string input_blob;
  std::string completion_window = "24h";
  std::string metadata;  // JSON object; empty: none
  Status status = Status::Validating;
  std::string errors;         // JSON list; empty: nothing is wrong
  int64_t output_keep_s = 0;  // how long its output files are kept; 0: until they are deleted
  int64_t total = 0;          // lines
  int64_t completed = 0;      // answered with 2xx
  int64_t failed = 0;         // answered with anything else
  std::string output_file;    // empty: none
  std::string error_file;     // empty: none
  WallUs created_us = 0;
  WallUs expires_us = 0;
  WallUs in_progress_us = 0;  // 0: not yet, as of the others
  WallUs finalizing_us = 0;
  WallUs cancelling_us = 0;
  WallUs finished_us = 0;  // when it took its last status
};

// A line whose call was begun.
struct Line {
  int64_t number = 0;  // from 1
  std::string custom_id;
  std::string request_id;
  int64_t status = 0;  // HTTP status; 0: not answered yet
  std::string body;    // JSON
};

struct BatchesConfig {
  static constexpr std::string_view kTypeName = "batches";
  int64_t concurrency = 8;
  int64_t least = 1;
  int64_t max_lines = 50'000;
  int64_t max_input_bytes = 200LL * 1024 * 1024;
  int64_t max_unfinished = 100;
  int64_t window_s = 86'400;

  template <class V>
  static void describe(V& v) {
    v.field("concurrency", &BatchesConfig::concurrency,
            "Lines of all batches that are called at once; every live call under way takes one "
            "from them.")
        .range(1, 4096);
    v.field("least", &BatchesConfig::least,
            "So many lines are called at once however busy the server is; 0: batches may wait.")
        .range(0, 4096);
    v.field("max_lines", &BatchesConfig::max_lines, "Most lines of a batch.").range(1, 1'000'000);
    v.field("max_input_bytes", &BatchesConfig::max_input_bytes, "Largest input file of a batch.")
        .range(1, 8'589'934'592);
    v.field("max_unfinished", &BatchesConfig::max_unfinished,
            "Most batches of a project that are not finished.")
        .range(1, 1'000'000);
    v.field("window_s", &BatchesConfig::window_s,
            "Seconds after which a batch expires: what completion_window 24h means here.")
        .range(1, 604'800);
  }
};

// How many lines may be under way while `live` calls are.
int64_t lines_allowed(const BatchesConfig& config, int64_t live);

}  // namespace tandem::gateway::batches
