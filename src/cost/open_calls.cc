#include "cost/open_calls.h"

#include <algorithm>

namespace tandem::cost {

std::string OpenCalls::name(const CallRecord& call) {
  std::string out(call.request_id);
  out += '\0';
  out += std::to_string(call.attempt);
  return out;
}

void OpenCalls::reserved(const CallRecord& call, store::Position at) {
  std::string key = name(call);
  // A second reservation under one name is a bug of the caller's: the ledger has one row for both,
  // so one entry stands for both.
  if (!by_name_.emplace(key, at).second) return;
  by_position_.emplace(at, std::move(key));
}

void OpenCalls::ended(const CallRecord& call) {
  const auto found = by_name_.find(name(call));
  if (found == by_name_.end()) return;
  by_position_.erase(found->second);
  by_name_.erase(found);
}

store::Position OpenCalls::low_water(store::Position fold) const {
  return by_position_.empty() ? fold : std::min(fold, by_position_.begin()->first);
}

std::vector<store::Position> OpenCalls::positions() const {
  std::vector<store::Position> out;
  out.reserve(by_position_.size());
  for (const auto& [position, ignored] : by_position_) out.push_back(position);
  return out;
}

}  // namespace tandem::cost
