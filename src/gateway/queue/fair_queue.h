// FairQueue: who may go where only so many calls go at a time, and who waits. A pure state machine:
// time, tickets and limits come in, decisions go out.
//   - A place that becomes free goes to a waiter in the same step: nobody who comes later can take
//     it, and no wake-up can be lost.
//   - Classes are strict: high before normal before low. So that nobody starves, one hand-over of
//     eight goes to a lower class whose oldest call has waited for `promote_us`.
//   - Within a class places go to tenants by weight (fair_flows.h).
//   - At most `max_waiting` wait. Where that is full, the newest call of the lowest class makes
//     room for one of a higher class, and within a class that of the tenant with most calls for its
//     weight (P. McKenney, "Stochastic Fairness Queueing", 1990: drop from the longest queue):
//     else a flood of one tenant would keep the others out of the queue.
//   const auto answer = queue.arrive({Priority::Normal, "shop", 1, 500}, now_us);
//   for (auto ticket : queue.release(now_us)) wake(ticket);
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "gateway/queue/fair_flows.h"
#include "gateway/queue/priority.h"

namespace tandem::gateway {

class FairQueue {
 public:
  using Ticket = FairFlows::Ticket;

  struct Limits {
    int64_t capacity = INT64_MAX;  // calls that go at a time
    int64_t max_waiting = 0;
    int64_t promote_us = 0;  // 0: lower classes wait until no higher one does
  };
  struct Arrival {
    Priority priority = Priority::Normal;
    std::string_view tenant;
    int64_t weight = 1;
    int64_t cost = 1;  // in whatever is to be shared fairly: tokens
  };
  enum class Decision : uint8_t { Goes, Waits, Full };
  struct Answer {
    Decision decision = Decision::Goes;
    Ticket ticket = 0;     // of one that waits
    Ticket displaced = 0;  // waits no longer: its place in the queue was taken; 0: nobody's was
  };

  FairQueue() = default;
  explicit FairQueue(const Limits& limits) : limits_(limits) {}

  Answer arrive(const Arrival& arrival, SteadyUs now_us);
  // One that waits goes away. False: it does not wait (any more); if it was let go, it holds a
  // place and has to release it.
  bool leave(Ticket ticket);
  // A call has ended. Those that may go now hold a place.
  std::vector<Ticket> release(SteadyUs now_us);
  std::vector<Ticket> set_limits(const Limits& limits, SteadyUs now_us);

  const Limits& limits() const { return limits_; }
  int64_t going() const { return going_; }
  int64_t waiting() const { return waiting_; }
  int64_t waiting(Priority priority) const {
    return static_cast<int64_t>(classes_[static_cast<size_t>(priority)].size());
  }

 private:
  std::vector<Ticket> hand_over(SteadyUs now_us);
  size_t next_class(SteadyUs now_us);
  // Makes room for one more that waits; 0: there is none for it.
  Ticket displace(const Arrival& arrival);

  Limits limits_;
  std::array<FairFlows, kPriorities> classes_;
  std::unordered_map<Ticket, SteadyUs> since_us_;  // when those that wait came
  Ticket last_ticket_ = 0;
  int64_t going_ = 0;
  int64_t waiting_ = 0;
  int64_t since_promotion_ = 0;  // hand-overs while a lower class waited too
};

}  // namespace tandem::gateway
