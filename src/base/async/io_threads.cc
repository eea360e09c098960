#include "base/async/io_threads.h"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "base/log.h"

namespace tandem {

IoThreads::IoThreads(size_t count) {
  for (size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<IoThread>(i));
}

IoThreads::~IoThreads() {
  stop();
}

void IoThreads::start() {
  for (auto& thread : threads_) {
    work_.emplace_back(thread->io().get_executor());
    running_.emplace_back([&io = thread->io(), index = thread->index()] {
      const std::string name = "io-" + std::to_string(index);
      pthread_setname_np(pthread_self(), name.c_str());
      io.run();
    });
  }
}

void IoThreads::stop() {
  work_.clear();
  for (auto& thread : threads_) thread->io().stop();
  for (std::thread& thread : running_) thread.join();
  running_.clear();
}

void IoThreads::run_on(size_t index, std::function<void(IoThread&)> function) {
  std::promise<void> done;
  boost::asio::post(at(index).io(), [&] {
    function(at(index));
    done.set_value();
  });
  done.get_future().wait();
}

void IoThreads::run_task(size_t index, std::function<Task<void>(IoThread&)> make) {
  std::promise<void> done;
  boost::asio::post(at(index).io(), [&] {
    boost::asio::co_spawn(at(index).io(), make(at(index)), [&](std::exception_ptr error) {
      if (error)
        done.set_exception(error);
      else
        done.set_value();
    });
  });
  done.get_future().get();
}

}  // namespace tandem
