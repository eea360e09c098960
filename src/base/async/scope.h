// Scope: owns the tasks that it spawned. The only place of the server that starts a coroutine
// without awaiting it. Belongs to one io thread; spawn() and join() run there.
//   scope.spawn(serve(std::move(socket)));
//   co_await scope.join();     // returns when every task has ended; nothing new may be spawned
#pragma once

#include <cstddef>
#include <memory>

#include "base/async/task.h"

namespace tandem {

class Scope {
 public:
  explicit Scope(IoContext& io);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();  // the tasks must have ended (asserted)

  // Starts `task` on the io thread. An exception that leaves it is a bug: it is logged and the
  // process goes on.
  void spawn(Task<void> task);
  size_t running() const;
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tandem
