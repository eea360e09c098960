#include "gateway/queue/call_queue.h"

#include <boost/asio/post.hpp>

#include "base/async/event.h"
#include "gateway/errors.h"
#include "gateway/queue/errors.h"

namespace tandem::gateway {

// One that waits. Shared with the post that wakes it, which may come when it is gone. The flags
// are changed under the queue's mutex.
struct CallQueue::Waiter {
  explicit Waiter(IoContext& context) : io(context), event(context) {}
  IoContext& io;
  Event event;
  bool goes = false;
  bool displaced = false;
};

// Takes a waiter out of the queue on every way out of its coroutine, its destruction included; one
// that was let go gives its place back unless it was taken.
class CallQueue::Waiting {
 public:
  Waiting(CallQueue& queue, const Entry& entry) : queue_(queue), entry_(entry) {}
  ~Waiting() {
    if (end() == End::Goes) queue_.release();
  }
  enum class End : uint8_t { Goes, Displaced, Left, Ended };
  End end() {
    if (ended_) return End::Ended;
    ended_ = true;
    const std::lock_guard lock(queue_.mutex_);
    if (entry_.waiter->goes) return End::Goes;
    if (entry_.waiter->displaced) return End::Displaced;
    queue_.queue_.leave(entry_.ticket);
    queue_.waiters_.erase(entry_.ticket);
    queue_.publish_waiting();
    return End::Left;
  }

 private:
  CallQueue& queue_;
  const Entry& entry_;
  bool ended_ = false;
};

struct CallQueue::Resting {
  explicit Resting(CallQueue& of) : queue(of) {}
  ~Resting() {
    const std::lock_guard lock(queue.mutex_);
    --queue.resting_;
    queue.publish_waiting();
  }
  CallQueue& queue;
};

CallQueue::Place& CallQueue::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  if (queue_) queue_->release();
  queue_ = std::move(other.queue_);
  waited_us_ = other.waited_us_;
  return *this;
}

CallQueue::Place::~Place() {
  if (queue_) queue_->release();
}

CallQueue::CallQueue(std::string endpoint, const std::string& label, const QueueConfig& config,
                     metrics::Metrics& metrics)
    : endpoint_(std::move(endpoint)),
      config_(config),
      waiting_gauge_(metrics.gauge("tandem_queue_waiting", "Calls that wait for their turn.",
                                   {{"endpoint", label}})),
      waited_(metrics.histogram("tandem_queue_wait_seconds",
                                "How long calls waited for their turn, those that had to.",
                                metrics::latency_buckets(), {{"endpoint", label}})),
      refused_full_(metrics.counter("tandem_queue_refused_total", "Calls that a queue refused.",
                                    {{"endpoint", label}, {"reason", "full"}})),
      refused_late_(metrics.counter("tandem_queue_refused_total", "Calls that a queue refused.",
                                    {{"endpoint", label}, {"reason", "waited"}})) {
  (void)queue_.set_limits(limits(), 0);
}

FairQueue::Limits CallQueue::limits() const {
  FairQueue::Limits limits;
  if (config_.max_calls > 0) limits.capacity = config_.max_calls;
  limits.capacity = std::min(limits.capacity, target_capacity_);
  limits.max_waiting = std::max<int64_t>(config_.max_waiting - resting_, 0);
  limits.promote_us = config_.max_wait_ms * 1000 / 2;
  return limits;
}

CallQueue::Entry CallQueue::arrive(const Request& request, IoThread& thread) {
  const std::lock_guard lock(mutex_);
  const bool by_team = !request.team.empty() && config_.weights.contains(std::string(request.team));
  FairQueue::Arrival arrival;
  arrival.priority = request.priority;
  arrival.tenant = by_team ? request.team : request.project;
  arrival.cost = request.tokens;
  if (!config_.weights.empty()) {
    const auto weight = config_.weights.find(std::string(arrival.tenant));
    if (weight != config_.weights.end()) arrival.weight = weight->second;
  }
  const SteadyUs now_us = steady_now_us();
  wake(queue_.set_limits(limits(), now_us));  // those that rest take places of the queue
  const FairQueue::Answer answer = queue_.arrive(arrival, now_us);
  Entry entry{answer.decision, answer.ticket, nullptr, config_.max_wait_ms};
  if (answer.decision != FairQueue::Decision::Waits) return entry;
  entry.waiter = std::make_shared<Waiter>(thread.io());
  waiters_.emplace(answer.ticket, entry.waiter);
  const auto displaced = waiters_.find(answer.displaced);
  if (displaced != waiters_.end()) {
    const std::shared_ptr<Waiter> gone = displaced->second;
    waiters_.erase(displaced);
    gone->displaced = true;
    boost::asio::post(gone->io, [gone] { gone->event.notify_now(); });
  }
  publish_waiting();
  return entry;
}

Task<Result<CallQueue::Place>> CallQueue::enter(Request request, IoThread& thread,
                                                CancelSource& cancel, Deadline deadline) {
  const SteadyUs begun_us = steady_now_us();
  const Entry entry = arrive(request, thread);
  if (entry.decision == FairQueue::Decision::Goes) co_return Place(shared_from_this(), 0);
  if (entry.decision == FairQueue::Decision::Full) {
    refused_full_.increment();
    co_return fail(full());
  }
  Waiting waiting(*this, entry);
  const int64_t latest_us = begun_us + entry.max_wait_ms * 1000;
  const Deadline until{std::min(deadline.at_us, latest_us)};
  Event& event = entry.waiter->event;
  {
    CancelCallback on_cancel(cancel, [&event] { event.notify(); });
    DeadlineWatch watch(thread.deadlines(), until, [&event] { event.notify(); });
    co_await event.wait();
  }
  const int64_t waited_us = steady_now_us() - begun_us;
  const Waiting::End end = waiting.end();
  if (end == Waiting::End::Goes) {
    waited_.observe(static_cast<double>(waited_us) / 1e6);
    Place place(shared_from_this(), waited_us);
    if (cancel.fired()) co_return fail(errors::client_gone());
    co_return place;
  }
  if (cancel.fired()) co_return fail(errors::client_gone());
  (end == Waiting::End::Displaced ? refused_full_ : refused_late_).increment();
  if (end == Waiting::End::Displaced) co_return fail(full());
  const std::lock_guard lock(mutex_);
  const int64_t retry_s = rate_.seconds_until_served(queue_.waiting(), steady_now_us());
  co_return fail(errors::waited_in_vain(endpoint_, waited_us / 1000, retry_s));
}

Error CallQueue::full() const {
  const std::lock_guard lock(mutex_);
  const int64_t waiting = queue_.waiting() + resting_;
  return errors::queue_full(endpoint_, queue_.going(), waiting,
                            rate_.seconds_until_served(waiting, steady_now_us()));
}

Task<Result<void>> CallQueue::rest(int64_t ms, IoThread& thread, CancelSource& cancel) {
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    has_room = queue_.waiting() + resting_ < config_.max_waiting;
    if (has_room) ++resting_;
    if (has_room) publish_waiting();
  }
  if (!has_room) co_return fail(full());
  Resting resting(*this);
  Event event(thread.io());
  {
    CancelCallback on_cancel(cancel, [&event] { event.notify(); });
    DeadlineWatch watch(thread.deadlines(), Deadline::after_ms(ms, steady_now_us()),
                        [&event] { event.notify(); });
    co_await event.wait();
  }
  waited_.observe(static_cast<double>(ms) / 1e3);
  if (cancel.fired()) co_return fail(errors::client_gone());
  co_return Result<void>{};
}

void CallQueue::release() {
  const std::lock_guard lock(mutex_);
  const SteadyUs now_us = steady_now_us();
  rate_.ended(now_us);
  wake(queue_.release(now_us));
}

void CallQueue::configure(const QueueConfig& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  wake(queue_.set_limits(limits(), steady_now_us()));
}

void CallQueue::set_target_capacity(int64_t calls) {
  const std::lock_guard lock(mutex_);
  if (calls == target_capacity_) return;
  target_capacity_ = calls;
  wake(queue_.set_limits(limits(), steady_now_us()));
}

// Under the mutex: these hold their places now.
void CallQueue::wake(const std::vector<Ticket>& tickets) {
  for (const Ticket ticket : tickets) {
    const auto found = waiters_.find(ticket);
    if (found == waiters_.end()) continue;
    const std::shared_ptr<Waiter> waiter = found->second;
    waiters_.erase(found);
    waiter->goes = true;
    boost::asio::post(waiter->io, [waiter] { waiter->event.notify_now(); });
  }
  if (!tickets.empty()) publish_waiting();
}

void CallQueue::publish_waiting() {
  waiting_gauge_.set(static_cast<double>(queue_.waiting() + resting_));
}

int64_t CallQueue::max_wait_ms() const {
  const std::lock_guard lock(mutex_);
  return config_.max_wait_ms;
}

int64_t CallQueue::going() const {
  const std::lock_guard lock(mutex_);
  return queue_.going();
}

int64_t CallQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.waiting() + resting_;
}

}  // namespace tandem::gateway
