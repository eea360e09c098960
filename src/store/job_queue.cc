#include "store/job_queue.h"

namespace tandem::store {

JobQueue::Push JobQueue::push(QueuedJob job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return Push::Stopping;
    if (jobs_.size() >= capacity_) return Push::Full;
    jobs_.push_back(std::move(job));
  }
  work_.notify_one();
  return Push::Queued;
}

std::optional<QueuedJob> JobQueue::wait_pop() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
  if (jobs_.empty()) return std::nullopt;
  QueuedJob job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

std::optional<QueuedJob> JobQueue::try_pop() {
  std::lock_guard lock(mutex_);
  if (jobs_.empty()) return std::nullopt;
  QueuedJob job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

bool JobQueue::empty() const {
  return size() == 0;
}

size_t JobQueue::size() const {
  std::lock_guard lock(mutex_);
  return jobs_.size();
}

void JobQueue::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
}

}  // namespace tandem::store
