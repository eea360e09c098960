#include "base/async/deadlines.h"

#include <algorithm>

namespace tandem {

Deadlines::Deadlines(IoContext& io) : timer_(io.get_executor()) {}

void Deadlines::insert(DeadlineWatch& watch) {
  const SteadyUs now_us = steady_now_us();
  if (watched_ == 0) turned_ = now_us / kSlotUs;
  // A deadline beyond the wheel waits in its farthest slot and is placed again from there.
  const int64_t farthest = turned_ + static_cast<int64_t>(kSlots) - 1;
  const int64_t wanted = watch.deadline_.at_us / kSlotUs + 1;
  watch.slot_ = std::clamp(wanted, turned_ + 1, farthest);
  DeadlineWatch*& first = slots_[static_cast<size_t>(watch.slot_) % kSlots];
  watch.previous_ = nullptr;
  watch.next_ = first;
  if (first) first->previous_ = &watch;
  first = &watch;
  ++watched_;
  if (!armed_) arm();
}

void Deadlines::remove(DeadlineWatch& watch) {
  if (watch.slot_ < 0) return;
  if (watch.previous_)
    watch.previous_->next_ = watch.next_;
  else
    slots_[static_cast<size_t>(watch.slot_) % kSlots] = watch.next_;
  if (watch.next_) watch.next_->previous_ = watch.previous_;
  watch.slot_ = -1;
  --watched_;
}

void Deadlines::arm() {
  armed_ = true;
  timer_.expires_after(std::chrono::microseconds(kSlotUs));
  timer_.async_wait([this](const boost::system::error_code& error) {
    armed_ = false;
    if (error) return;
    turn();
    if (watched_ > 0 && !armed_) arm();
  });
}

void Deadlines::turn() {
  const SteadyUs now_us = steady_now_us();
  const int64_t current = now_us / kSlotUs;
  const int64_t steps = std::min<int64_t>(current - turned_, kSlots);
  for (int64_t step = steps; step > 0; --step) {
    turned_ = current - step + 1;
    visit_slot(static_cast<size_t>(turned_) % kSlots, now_us);
  }
}

void Deadlines::visit_slot(size_t slot, SteadyUs now_us) {
  // Take the list off first: callbacks may add to and remove from the wheel.
  while (DeadlineWatch* watch = slots_[slot]) {
    if (watch->slot_ > turned_) break;
    remove(*watch);
    if (watch->deadline_.passed(now_us)) {
      watch->fired_ = true;
      watch->on_passed_();
    } else {
      insert(*watch);
    }
  }
}

DeadlineWatch::DeadlineWatch(Deadlines& deadlines, Deadline deadline,
                             std::function<void()> on_passed)
    : deadlines_(deadlines), deadline_(deadline), on_passed_(std::move(on_passed)) {
  if (deadline_.at_us != INT64_MAX) deadlines_.insert(*this);
}

DeadlineWatch::~DeadlineWatch() {
  deadlines_.remove(*this);
}

void DeadlineWatch::move_to(Deadline deadline) {
  // Later: only the number changes, the wheel finds out when it comes by.
  const bool earlier = deadline.at_us < deadline_.at_us;
  deadline_ = deadline;
  fired_ = false;
  if (deadline.at_us == INT64_MAX) return deadlines_.remove(*this);
  if (slot_ < 0)
    deadlines_.insert(*this);
  else if (earlier) {
    deadlines_.remove(*this);
    deadlines_.insert(*this);
  }
}

}  // namespace tandem
