#include "app/chores.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace tandem::app {
namespace {

// With nothing to do the thread only waits to be stopped.
constexpr int64_t kLongestWaitUs = 3'600'000'000;

}  // namespace

void Chores::add(Chore chore) {
  planned_.push_back({std::move(chore)});
}

void Chores::start() {
  thread_ = std::thread([this] { work(); });
}

void Chores::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (Planned& planned : planned_) {
    if (planned.chore.at_end) run(planned);
  }
}

void Chores::work() {
  pthread_setname_np(pthread_self(), "chores");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const SteadyUs next_us = run_due(steady_now_us());
    const int64_t wait_us = std::max<int64_t>(next_us - steady_now_us(), 0);
    lock.lock();
    wake_.wait_for(lock, std::chrono::microseconds(wait_us), [this] { return stopping_; });
  }
}

SteadyUs Chores::run_due(SteadyUs now_us) {
  SteadyUs next_us = now_us + kLongestWaitUs;
  for (Planned& planned : planned_) {
    const int64_t every_us = planned.chore.every_ms * 1000;
    if (planned.due_us == 0) planned.due_us = now_us + (planned.chore.at_start ? 0 : every_us);
    if (planned.due_us <= now_us) {
      run(planned);
      // From now, not from when it was due: a chore that is late is not made up for.
      planned.due_us = now_us + every_us;
    }
    next_us = std::min(next_us, planned.due_us);
  }
  return next_us;
}

void Chores::run(Planned& planned) {
  const auto done = planned.chore.run();
  if (!done && !planned.failing) {
    log::warn("app", "{} failed and is tried again: {}", planned.chore.name,
              done.error().describe());
  }
  if (done && planned.failing) log::info("app", "{} works again", planned.chore.name);
  planned.failing = !done;
}

}  // namespace tandem::app
