// CallQueue: where calls of one endpoint wait for their turn: the thread-safe shell of FairQueue.
// Made by CallQueues for an endpoint that asks for one, kept over changes of the catalog; any io
// thread. One mutex, held for the decision alone; a waiter sleeps on its own thread and is woken by
// a post to it.
//   CO_TRY(CallQueue::Place place, co_await queue.enter(request, thread, cancel, deadline));
//   … the call goes; its place is handed on when `place` is gone, however the call ends.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/async/cancel.h"
#include "base/async/io_threads.h"
#include "base/metrics/metrics.h"
#include "base/result.h"
#include "gateway/queue/config.h"
#include "gateway/queue/drain_rate.h"
#include "gateway/queue/fair_queue.h"

namespace tandem::gateway {

class CallQueue final : public std::enable_shared_from_this<CallQueue> {
 public:
  // The right to go. Move-only; hands its place on when it goes.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();

    int64_t waited_us() const { return waited_us_; }

   private:
    friend class CallQueue;
    Place(std::shared_ptr<CallQueue> queue, int64_t waited_us)
        : queue_(std::move(queue)), waited_us_(waited_us) {}
    std::shared_ptr<CallQueue> queue_;
    int64_t waited_us_ = 0;
  };
  // Views live until enter() has ended.
  struct Request {
    Priority priority = Priority::Normal;
    std::string_view project;
    std::string_view team;
    int64_t tokens = 1;  // the estimate
  };

  // `endpoint` is its name for people, `label` the one in metrics. `metrics` outlives the queue.
  CallQueue(std::string endpoint, const std::string& label, const QueueConfig& config,
            metrics::Metrics& metrics);
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  // Waits for its turn, at most max_wait_ms and until `deadline`. Overloaded where the queue is
  // full or the wait was in vain, Cancelled where the client left.
  Task<Result<Place>> enter(Request request, IoThread& thread, CancelSource& cancel,
                            Deadline deadline);
  // Waits `ms` for something else (a rate limit) and counts as waiting meanwhile. Overloaded where
  // the queue is full.
  Task<Result<void>> rest(int64_t ms, IoThread& thread, CancelSource& cancel);

  void configure(const QueueConfig& config);
  // How many calls the endpoint's targets take together; it bounds max_calls.
  void set_target_capacity(int64_t calls);

  int64_t max_wait_ms() const;
  int64_t going() const;
  int64_t waiting() const;

 private:
  using Ticket = FairQueue::Ticket;
  struct Waiter;
  class Waiting;
  struct Resting;
  struct Entry {
    FairQueue::Decision decision;
    Ticket ticket;
    std::shared_ptr<Waiter> waiter;
    int64_t max_wait_ms;
  };
  Entry arrive(const Request& request, IoThread& thread);
  FairQueue::Limits limits() const;
  Error full() const;
  void release();
  void wake(const std::vector<Ticket>& tickets);
  void publish_waiting();

  const std::string endpoint_;
  mutable std::mutex mutex_;  // of all below
  QueueConfig config_;
  int64_t target_capacity_ = INT64_MAX;
  FairQueue queue_;
  DrainRate rate_;
  int64_t resting_ = 0;
  std::unordered_map<Ticket, std::shared_ptr<Waiter>> waiters_;

  metrics::Gauge& waiting_gauge_;
  metrics::Histogram& waited_;
  metrics::Counter& refused_full_;
  metrics::Counter& refused_late_;
};

}  // namespace tandem::gateway
