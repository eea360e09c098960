// The thread that starts every model server and watches them all. It must outlive the LlamaServers
// that use it: the kernel kills a child when the thread that started it ends.
//   Supervisor supervisor;
//   LlamaServer server(supervisor, options);
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "base/async/task.h"

namespace tandem::engines {

class Supervisor {
 public:
  Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();  // every LlamaServer must be gone; waits until their children have ended

  IoContext& io() { return io_; }

 private:
  IoContext io_;
  boost::asio::executor_work_guard<Executor> work_;
  std::thread thread_;
};

}  // namespace tandem::engines
