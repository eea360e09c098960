// The io threads: each runs one IoContext that only it touches, so what lives on one needs no lock.
//   IoThreads threads(2);
//   threads.start();                 // and stop() + join() before anything on them is destroyed
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/async/deadlines.h"
#include "base/async/task.h"

namespace tandem {

class IoThread {
 public:
  explicit IoThread(size_t index) : index_(index), io_(1), deadlines_(io_) {}
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  size_t index() const { return index_; }
  IoContext& io() { return io_; }
  Deadlines& deadlines() { return deadlines_; }

 private:
  size_t index_;
  IoContext io_;
  Deadlines deadlines_;
};

class IoThreads {
 public:
  explicit IoThreads(size_t count);
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;
  ~IoThreads();

  size_t size() const { return threads_.size(); }
  IoThread& at(size_t index) { return *threads_[index]; }
  void start();
  // Lets every IoContext return at once; what is pending is dropped. Then joins.
  void stop();
  // Runs `function` on thread `index` and waits for it. Not from an io thread.
  void run_on(size_t index, std::function<void(IoThread&)> function);
  // Runs the task that `make` returns on thread `index` and waits for its end.
  void run_task(size_t index, std::function<Task<void>(IoThread&)> make);

 private:
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<std::thread> running_;
  std::vector<boost::asio::executor_work_guard<Executor>> work_;
};

}  // namespace tandem
