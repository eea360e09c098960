// Chores: what the server does now and then beside its calls: storing when keys were last used,
// taking in what other nodes changed, deleting old traces. One thread of its own, on which they may
// block; what they touch outlives it.
//   chores.add({"last use of keys", 60'000, [&] { return identity.store_last_used_now(); }, true});
//   chores.start();  …  chores.stop();   // runs once more what is wanted at the end
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tandem::app {

struct Chore {
  std::string name;
  int64_t every_ms = 0;
  std::function<Result<void>()> run;
  bool at_end = false;    // once more when the server stops
  bool at_start = false;  // the first time right after start(), not `every_ms` after it
};

class Chores {
 public:
  Chores() = default;
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;
  ~Chores() { stop(); }

  // Before start().
  void add(Chore chore);
  void start();
  void stop();

  // What the thread does: runs what is due at `now_us` and answers when the next one is. A failure
  // is logged once, until it has worked again.
  SteadyUs run_due(SteadyUs now_us);

 private:
  struct Planned {
    Chore chore;
    SteadyUs due_us = 0;  // 0: not planned yet
    bool failing = false;
  };
  void work();
  static void run(Planned& planned);

  std::vector<Planned> planned_;  // of the thread, once it runs
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace tandem::app
