#include "base/async/pool.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"

namespace tandem {

struct Pool::State {
  std::string name;
  size_t max_queued;
  mutable std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;
  std::vector<std::thread> threads;

  void loop() {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    std::unique_lock lock(mutex);
    while (true) {
      work.wait(lock, [this] { return stopping || !jobs.empty(); });
      if (jobs.empty()) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      try {
        job();
      } catch (const std::exception& exception) {
        log::error("async", "a job of pool {} threw: {}", name, exception.what());
      }
      job = nullptr;
      lock.lock();
    }
  }
};

Pool::Pool(std::string name, size_t threads, size_t max_queued)
    : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->max_queued = max_queued;
  for (size_t i = 0; i < threads; ++i) state_->threads.emplace_back([this] { state_->loop(); });
}

Pool::~Pool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

bool Pool::try_submit(std::function<void()> job) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->jobs.size() >= state_->max_queued) return false;
    state_->jobs.push_back(std::move(job));
  }
  state_->work.notify_one();
  return true;
}

size_t Pool::queued() const {
  std::lock_guard lock(state_->mutex);
  return state_->jobs.size();
}

const std::string& Pool::name() const {
  return state_->name;
}

Error Pool::overloaded(std::string_view name) {
  Error error(Code::Overloaded, "The work queue " + std::string(name) + " is full.",
              "Retry after a second, or give the server more threads.");
  error.retry_after_s = 1;
  return error;
}

}  // namespace tandem
