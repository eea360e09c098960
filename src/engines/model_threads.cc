#include "engines/model_threads.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/async/token.h"
#include "base/context.h"
#include "engines/errors.h"

namespace tandem::engines {

using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// One call of run(). The io thread's part (`timer`, `finished`, `refused`) is touched only there.
struct ModelThreads::Waiting {
  Waiting(Executor caller, std::shared_ptr<Job> its_job)
      : executor(std::move(caller)), job(std::move(its_job)) {}

  Executor executor;
  std::shared_ptr<Job> job;
  Timer* timer = nullptr;  // of the caller's frame; null once the caller has gone on
  bool finished = false;
  bool refused = false;
  bool abandoned = false;  // under the mutex of State: nobody waits any more
};

struct ModelThreads::State {
  std::string model;
  size_t max_queued;
  mutable std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<Waiting>> queue;
  std::vector<std::shared_ptr<Waiting>> running;
  bool stopping = false;
  std::vector<std::thread> threads;

  void loop();
  bool push(const std::shared_ptr<Waiting>& waiting);
  void abandon(const std::shared_ptr<Waiting>& waiting);
  static void resume(const std::shared_ptr<Waiting>& waiting, bool finished);
};

void ModelThreads::State::resume(const std::shared_ptr<Waiting>& waiting, bool finished) {
  boost::asio::post(waiting->executor, [waiting, finished] {
    waiting->finished = finished;
    waiting->refused = !finished;
    if (waiting->timer) waiting->timer->cancel();
  });
}

void ModelThreads::State::loop() {
  pthread_setname_np(pthread_self(), ("model " + model).substr(0, 15).c_str());
  std::unique_lock lock(mutex);
  while (true) {
    work.wait(lock, [this] { return stopping || !queue.empty(); });
    if (stopping) return;
    const std::shared_ptr<Waiting> waiting = std::move(queue.front());
    queue.pop_front();
    running.push_back(waiting);
    lock.unlock();
    waiting->job->run();
    lock.lock();
    running.erase(std::find(running.begin(), running.end(), waiting));
    // Under the mutex: a caller that abandons afterwards finds its answer posted already.
    if (!waiting->abandoned) resume(waiting, true);
  }
}

bool ModelThreads::State::push(const std::shared_ptr<Waiting>& waiting) {
  {
    std::lock_guard lock(mutex);
    if (stopping || queue.size() >= max_queued) return false;
    queue.push_back(waiting);
  }
  work.notify_one();
  return true;
}

void ModelThreads::State::abandon(const std::shared_ptr<Waiting>& waiting) {
  {
    std::lock_guard lock(mutex);
    waiting->abandoned = true;
    std::erase(queue, waiting);
  }
  waiting->job->stop();
}

ModelThreads::ModelThreads(std::string model, size_t threads, size_t max_queued)
    : state_(std::make_unique<State>()) {
  state_->model = std::move(model);
  state_->max_queued = max_queued;
  for (size_t i = 0; i < threads; ++i) state_->threads.emplace_back([this] { state_->loop(); });
}

ModelThreads::~ModelThreads() {
  std::deque<std::shared_ptr<Waiting>> refused;
  std::vector<std::shared_ptr<Waiting>> running;
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    refused.swap(state_->queue);
    running = state_->running;
  }
  state_->work.notify_all();
  for (const auto& waiting : refused) State::resume(waiting, false);
  for (const auto& waiting : running) waiting->job->stop();
  for (std::thread& thread : state_->threads) thread.join();
}

size_t ModelThreads::queued() const {
  std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

Task<Result<void>> ModelThreads::run(RequestContext& context, std::shared_ptr<Job> job) {
  const std::string model = state_->model;  // `this` may be gone when the wait is over
  if (context.cancel.fired()) co_return fail(errors::cancelled(model));
  const SteadyUs started_us = steady_now_us();
  if (context.deadline.passed(started_us)) co_return fail(errors::deadline_passed(model));

  const Executor executor = co_await boost::asio::this_coro::executor;
  auto waiting = std::make_shared<Waiting>(executor, std::move(job));
  if (!state_->push(waiting)) co_return fail(errors::queue_full(model, state_->max_queued));

  using Clock = std::chrono::steady_clock;
  Timer timer(executor, context.deadline.at_us == INT64_MAX
                            ? Clock::time_point::max()
                            : Clock::time_point(std::chrono::microseconds(context.deadline.at_us)));
  waiting->timer = &timer;
  bool cancelled = false;
  CancelCallback on_cancel(context.cancel, [&] {
    cancelled = true;
    timer.cancel();
  });
  auto [ignored] = co_await timer.async_wait(kToken);
  (void)ignored;
  waiting->timer = nullptr;
  context.waited_us += steady_now_us() - started_us;
  if (waiting->finished) co_return Result<void>{};
  if (waiting->refused) co_return fail(errors::stopping(model));
  // The threads live: they are joined only after every waiting call was refused.
  state_->abandon(waiting);
  co_return fail(cancelled ? errors::cancelled(model) : errors::deadline_passed(model));
}

}  // namespace tandem::engines
