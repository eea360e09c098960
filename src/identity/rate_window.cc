#include "identity/rate_window.h"

#include <algorithm>

namespace tandem::identity {

void RateWindow::advance(SteadyUs now_us) {
  const int64_t now_step = step_of(now_us);
  if (now_step <= newest_) return;  // threads read the clock before they get the lock
  const int64_t passed = std::min(now_step - newest_, kSteps);
  for (int64_t i = 0; i < passed; ++i) {
    int64_t& expired = slot(now_step - i);
    sum_ -= expired;
    expired = 0;
  }
  newest_ = now_step;
}

int64_t RateWindow::used(SteadyUs now_us) {
  advance(now_us);
  return sum_;
}

int64_t RateWindow::add(int64_t amount, SteadyUs now_us) {
  advance(now_us);
  slot(newest_) += amount;
  sum_ += amount;
  return newest_;
}

void RateWindow::correct(int64_t step, int64_t amount) {
  if (step > newest_ || step <= newest_ - kSteps) return;
  const int64_t change = std::max(amount, -slot(step));
  slot(step) += change;
  sum_ += change;
}

std::optional<int64_t> RateWindow::wait_us(int64_t amount, int64_t limit, SteadyUs now_us) {
  advance(now_us);
  if (amount > limit) return std::nullopt;
  int64_t left = sum_;
  if (left + amount <= limit) return 0;
  for (int64_t step = newest_ - kSteps + 1; step <= newest_; ++step) {
    if (step < 0) continue;
    left -= slot(step);
    if (left + amount <= limit) return std::max<int64_t>(1, end_of(step) - now_us);
  }
  return std::nullopt;
}

int64_t RateWindow::reset_us(SteadyUs now_us) {
  advance(now_us);
  for (int64_t step = newest_; step > newest_ - kSteps && step >= 0; --step) {
    if (slot(step) != 0) return std::max<int64_t>(0, end_of(step) - now_us);
  }
  return 0;
}

}  // namespace tandem::identity
