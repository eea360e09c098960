#include "cost/unknown_models.h"

#include <algorithm>

namespace tandem::cost {

bool UnknownModels::note(std::string_view model) {
  std::lock_guard lock(mutex_);
  ++calls_;
  const auto found = calls_by_name_.find(model);
  if (found != calls_by_name_.end()) {
    ++found->second;
    return false;
  }
  if (calls_by_name_.size() >= kMaxNames) return false;
  calls_by_name_.emplace(model, 1);
  return true;
}

uint64_t UnknownModels::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::pair<std::string, uint64_t>> UnknownModels::names() const {
  std::vector<std::pair<std::string, uint64_t>> out;
  {
    std::lock_guard lock(mutex_);
    out.assign(calls_by_name_.begin(), calls_by_name_.end());
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return out;
}

}  // namespace tandem::cost
