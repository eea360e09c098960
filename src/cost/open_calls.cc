#include "cost/open_calls.h"

#include <algorithm>

namespace tandem::cost {

std::string_view OpenCalls::name(const CallRecord& call) {
  const auto attempt = static_cast<uint32_t>(call.attempt);
  name_.assign(call.request_id);
  name_.append(reinterpret_cast<const char*>(&attempt), sizeof attempt);
  return name_;
}

void OpenCalls::reserved(const CallRecord& call, store::Position at) {
  // A second reservation under one name is a bug of the caller's: the ledger has one row for both,
  // so one entry stands for both.
  if (by_name_.emplace(name(call), at).second) positions_.insert(at);
}

void OpenCalls::ended(const CallRecord& call) {
  const auto found = by_name_.find(name(call));
  if (found == by_name_.end()) return;
  positions_.erase(found->second);
  by_name_.erase(found);
}

store::Position OpenCalls::low_water(store::Position fold) const {
  return positions_.empty() ? fold : std::min(fold, *positions_.begin());
}

std::vector<store::Position> OpenCalls::positions() const {
  return {positions_.begin(), positions_.end()};
}

}  // namespace tandem::cost
