// BatchRunner: works through the batches of this node: checks the input, calls its lines on the
// governed path in the name of the key that made the batch, and writes the files. Live traffic goes
// first: lines_allowed() (types.h). Everything happens on one io thread, blocking work elsewhere.
//
// Nothing is paid twice. A line is written down with its request id before its call is made, and
// with its answer afterwards. After a restart, a line without an answer is called again under its
// request id, and where the ledger says that it was paid, for nothing.
//
//   runner.start();  …  runner.wake();  …  runner.drain();  runner.stop(limits::kDrainMs);
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/event.h"
#include "base/async/io_threads.h"
#include "base/async/scope.h"
#include "gateway/batches/store.h"
#include "gateway/files/service.h"
#include "gateway/path_services.h"
#include "gateway/surface.h"
#include "net/route.h"

namespace tandem::gateway::batches {

// What lines can call.
struct BatchRoute {
  net::Route route;
  const Surface* surface;
};

class BatchRunner {
 public:
  struct Parts {  // what they refer to outlives the runner
    const PathServices& path;
    files::Files& files;
    IoThread& thread;  // its own for as long as it runs
    // Who has that key, in that project; an error where it is no more.
    std::function<Result<Principal>(const KeyId& key, std::string_view project)> principal_of;
    std::vector<BatchRoute> routes;
    BatchesConfig config;
    std::string node;
  };
  explicit BatchRunner(Parts parts);
  ~BatchRunner();

  const Parts& parts() const { return parts_; }
  const BatchRoute* find_route(std::string_view url) const;

  // None of these from its io thread, but for wake(), which any thread may call.
  void start(IoThreads& threads);
  void wake();
  // Begins nothing new.
  void drain();
  // Lines under way may take `ms` to end, then they are cancelled. Returns when nothing runs.
  void stop(IoThreads& threads, int64_t ms);

 private:
  struct Run;
  struct Work;

  Task<void> supervise();
  Task<Result<void>> look();
  void begin(Batch batch);
  Task<void> run(std::shared_ptr<Run> run);
  Task<Result<void>> process(Run& run);
  Task<Result<void>> validate(Run& run);
  Task<Result<void>> call_lines(const std::shared_ptr<Run>& run);
  Task<Result<void>> begin_lines(const std::shared_ptr<Run>& run);
  Task<void> wait_for_room(Run& run);
  bool may_go_on(const Run& run) const;
  bool has_room() const;

  Task<void> call_line(std::shared_ptr<Run> run, Work work);
  Task<Result<void>> call_and_note(Run& run, Work& work);
  Task<Result<bool>> call_once(Run& run, Work& work, Line& line);
  Task<Result<void>> wait_before_retry(Run& run, Work& work, const Error& error, bool& again);
  Task<void> rest(Event& event, int64_t ms);
  Task<void> end_all(int64_t ms);

  Task<Result<void>> finish(Run& run);
  void count_finished(const Batch& batch);

  Parts parts_;
  Scope scope_;
  Event wake_;
  std::map<std::string, std::shared_ptr<Run>> runs_;
  std::map<std::string, SteadyUs> not_before_;  // batches that failed for want of storage
  std::vector<CancelSource*> calls_;            // of the lines under way
  int64_t under_way_ = 0;                       // lines
  bool stopping_ = false;
  metrics::Counter& completed_;
  metrics::Counter& failed_;
  metrics::Gauge& lines_;
  metrics::Gauge& batches_;
};

}  // namespace tandem::gateway::batches
