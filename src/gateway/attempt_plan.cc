#include "gateway/attempt_plan.h"

#include <algorithm>
#include <random>

namespace tandem::gateway {
namespace {

constexpr int64_t kFirstPauseMs = 50;
constexpr int64_t kLongestPauseMs = 5'000;
constexpr size_t kMostAttempts = 64;

// Nobody else could do better.
bool is_final(FailureKind failure) {
  return failure == FailureKind::Rejected || failure == FailureKind::Cancelled ||
         failure == FailureKind::Blocked || failure == FailureKind::None;
}

}  // namespace

AttemptPlan::AttemptPlan(std::vector<size_t> order, size_t fallbacks, const RetriesConfig& retries,
                         uint64_t seed)
    : order_(std::move(order)), retries_(retries), random_(seed) {
  const size_t targets = order_.size();
  order_.reserve(targets + fallbacks);
  for (size_t i = 0; i < fallbacks; ++i) order_.push_back(targets + i);
  if (order_.size() > kMostAttempts) order_.resize(kMostAttempts);
}

std::optional<AttemptPlan::Step> AttemptPlan::first() {
  if (order_.empty()) return std::nullopt;
  return Step{order_[0], 0, false};
}

bool AttemptPlan::tries_again(FailureKind failure) const {
  const auto allowed = [&](std::string_view reason) {
    return std::find(retries_.on.begin(), retries_.on.end(), reason) != retries_.on.end();
  };
  switch (failure) {
    case FailureKind::RateLimited:
      return allowed("429");
    case FailureKind::ServerError:
    case FailureKind::BadAnswer:
      return allowed("5xx");
    case FailureKind::Reset:
      return allowed("reset");
    case FailureKind::Timeout:
      return allowed("timeout");
    default:
      return false;
  }
}

std::optional<AttemptPlan::Step> AttemptPlan::next_target() {
  retried_ = 0;
  if (++at_ >= order_.size()) return std::nullopt;
  return Step{order_[at_], 0, false};
}

std::optional<AttemptPlan::Step> AttemptPlan::next(FailureKind failure,
                                                   std::optional<int64_t> retry_after_ms,
                                                   int64_t left_ms) {
  if (is_final(failure) || left_ms <= 0) return std::nullopt;
  if (!tries_again(failure) || retried_ >= retries_.max) return next_target();
  int64_t pause_ms = 0;
  if (retry_after_ms) {
    if (*retry_after_ms >= left_ms) return next_target();
    pause_ms = *retry_after_ms;
  } else {
    const int64_t most =
        std::min(kLongestPauseMs, kFirstPauseMs << std::min<int64_t>(retried_, 16));
    pause_ms = std::uniform_int_distribution<int64_t>(0, most)(random_);
    if (pause_ms >= left_ms) return next_target();
  }
  ++retried_;
  return Step{order_[at_], pause_ms, true};
}

std::optional<AttemptPlan::Step> AttemptPlan::go_on(FailureKind failure, int64_t left_ms) {
  if (is_final(failure) || left_ms <= 0) return std::nullopt;
  if (at_ + 1 < order_.size()) return next_target();
  return next(failure, std::nullopt, left_ms);
}

std::optional<size_t> AttemptPlan::standby() const {
  if (at_ + 1 >= order_.size()) return std::nullopt;
  return order_[at_ + 1];
}

void AttemptPlan::drop_standby() {
  if (at_ + 1 < order_.size()) order_.erase(order_.begin() + static_cast<ptrdiff_t>(at_) + 1);
}

}  // namespace tandem::gateway
