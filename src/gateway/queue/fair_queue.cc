#include "gateway/queue/fair_queue.h"

namespace tandem::gateway {
namespace {

constexpr int64_t kPromotedOneOf = 8;

}  // namespace

FairQueue::Answer FairQueue::arrive(const Arrival& arrival, SteadyUs now_us) {
  FairFlows& flows = classes_[static_cast<size_t>(arrival.priority)];
  // Whoever waits is served first: a free place is handed over in the step that frees it.
  if (going_ < limits_.capacity) {
    ++going_;
    flows.serve(arrival.tenant, arrival.weight, arrival.cost);
    return {};
  }
  Answer answer;
  if (waiting_ >= limits_.max_waiting) {
    answer.displaced = displace(arrival);
    if (answer.displaced == 0) return {Decision::Full, 0, 0};
  }
  answer.decision = Decision::Waits;
  answer.ticket = ++last_ticket_;
  flows.push(arrival.tenant, arrival.weight, arrival.cost, answer.ticket);
  since_us_.emplace(answer.ticket, now_us);
  ++waiting_;
  return answer;
}

FairQueue::Ticket FairQueue::displace(const Arrival& arrival) {
  if (limits_.max_waiting <= 0) return 0;
  const auto own = static_cast<size_t>(arrival.priority);
  size_t lowest = kPriorities;
  while (lowest > 0 && classes_[lowest - 1].empty()) --lowest;
  if (lowest == 0 || lowest - 1 < own) return 0;
  const FairFlows& flows = classes_[lowest - 1];
  const auto [ticket, crowd] = flows.last_of_largest_crowd();
  if (lowest - 1 == own && flows.crowd(arrival.tenant, arrival.weight, 1) >= crowd) return 0;
  leave(ticket);
  return ticket;
}

bool FairQueue::leave(Ticket ticket) {
  for (FairFlows& flows : classes_) {
    if (!flows.remove(ticket)) continue;
    since_us_.erase(ticket);
    --waiting_;
    return true;
  }
  return false;
}

std::vector<FairQueue::Ticket> FairQueue::release(SteadyUs now_us) {
  --going_;
  return hand_over(now_us);
}

std::vector<FairQueue::Ticket> FairQueue::set_limits(const Limits& limits, SteadyUs now_us) {
  limits_ = limits;
  return hand_over(now_us);
}

std::vector<FairQueue::Ticket> FairQueue::hand_over(SteadyUs now_us) {
  std::vector<Ticket> go;
  while (waiting_ > 0 && going_ < limits_.capacity) {
    const Ticket ticket = classes_[next_class(now_us)].pop();
    since_us_.erase(ticket);
    --waiting_;
    ++going_;
    go.push_back(ticket);
  }
  return go;
}

size_t FairQueue::next_class(SteadyUs now_us) {
  size_t highest = 0;
  while (classes_[highest].empty()) ++highest;
  bool lower_waits = false;
  for (size_t i = highest + 1; i < kPriorities; ++i) {
    if (classes_[i].empty()) continue;
    lower_waits = true;
    const SteadyUs waited_us = now_us - since_us_.at(classes_[i].oldest());
    if (limits_.promote_us == 0 || waited_us < limits_.promote_us) continue;
    if (since_promotion_ + 1 < kPromotedOneOf) break;
    since_promotion_ = 0;
    return i;
  }
  if (lower_waits) ++since_promotion_;
  return highest;
}

}  // namespace tandem::gateway
