#include "gateway/targets/secret_header.h"

#include "base/log.h"

namespace tandem::gateway {

void SecretHeader::set(std::string prefix, config::SecretRef reference) {
  prefix_ = std::move(prefix);
  reference_ = std::move(reference);
  if (reference_.empty()) value_.publish(std::make_shared<const config::Secret>());
}

Result<std::shared_ptr<const config::Secret>> SecretHeader::get(SteadyUs now_us) const {
  auto value = value_.get();
  if (reference_.empty()) return value;
  SteadyUs stale_at_us = stale_at_us_.load(std::memory_order_relaxed);
  if (value && now_us < stale_at_us) return value;
  // One caller reads; the others go on with what there is.
  const bool mine = stale_at_us_.compare_exchange_strong(stale_at_us, now_us + kFreshUs);
  if (value && !mine) return value;
  auto fresh = refresh();
  if (fresh || !value) return fresh;
  log::warn("gateway", "the last value of {} is used: {}", reference_.print(),
            fresh.error().describe());
  return value;
}

Result<std::shared_ptr<const config::Secret>> SecretHeader::refresh() const {
  TRY(const config::Secret secret, reference_.resolve());
  const auto old = value_.get();
  std::string text = prefix_ + std::string(secret.reveal());
  if (old && old->reveal() == text) return old;
  auto value = std::make_shared<const config::Secret>(std::move(text));
  value_.publish(value);
  return value;
}

}  // namespace tandem::gateway
