// How one model is served by one llama-server child. Plain values; config fills them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::engines {

// When a crashed child starts again. The delay doubles from `first_delay_ms` to `max_delay_ms`,
// half of it random. After `crashes_in_a_row`, none of which was followed by `stable_ms` of
// service, the model rests for `cool_down_ms`; then the next call may try once more.
struct RestartLimits {
  int64_t first_delay_ms = 250;
  int64_t max_delay_ms = 30'000;
  int crashes_in_a_row = 5;
  int64_t stable_ms = 60'000;
  int64_t cool_down_ms = 60'000;
};

// A child that serves is asked for its health now and then. It hangs, and is killed and restarted,
// when it gives no answer within `timeout_ms` and uses no CPU time, `misses` times in a row: one
// that is merely busy, with all its connections taken, computes.
struct HealthWatch {
  int64_t every_ms = 5'000;  // 0: never asked
  int64_t timeout_ms = 2'000;
  int misses = 2;
};

struct LlamaOptions {
  std::string name;               // of the model, in logs and errors; also what the child calls it
  std::string model_file;         // .gguf; find_model_file() in find.h
  std::string program;            // llama-server; find_server_program() in find.h
  int64_t context_tokens = 4096;  // of one request
  int parallel = 1;               // requests at once; the child holds that many contexts
  int threads = 0;                // 0: the child's own choice
  bool embedding = false;
  std::vector<std::string> more_arguments;

  int64_t start_timeout_ms = 120'000;  // from the start to the first healthy answer
  int64_t idle_unload_ms = 0;          // without a lease for so long: stopped; 0: never
  int64_t stop_grace_ms = 5'000;       // between SIGTERM and SIGKILL
  HealthWatch health;
  // Of private writable memory (RLIMIT_DATA): contexts and buffers, not the mapped model file,
  // which the kernel shares and drops at will. 0: none. Beyond it the child fails and is restarted.
  uint64_t memory_limit_bytes = 0;
  int niceness = 5;           // the server's own threads go first
  size_t max_waiting = 1024;  // calls that may wait for a start
  RestartLimits restart;
};

}  // namespace tandem::engines
