#include "guard/resolver.h"

#include <algorithm>
#include <tuple>

namespace tandem::guard {

void Resolver::add(const Match& match) {
  pending_.push_back(match);
  sorted_ = false;
}

void Resolver::sort() {
  if (sorted_) return;
  std::sort(pending_.begin(), pending_.end(),
            [](const Match& a, const Match& b) { return a.begin < b.begin; });
  sorted_ = true;
}

// Everything that begins within the finding belongs to it.
void Resolver::absorb() {
  size_t count = 0;
  for (; count < pending_.size() && pending_[count].begin < open_->end; ++count) {
    join(pending_[count]);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Resolver::join(const Match& match) {
  const auto rank = [&](uint16_t rule, uint64_t begin) {
    return std::make_tuple(rules_.rule(rule).wide, begin, rule);
  };
  if (rank(match.rule, match.begin) < rank(open_->rule, open_->named_from)) {
    open_->rule = match.rule;
    open_->named_from = match.begin;
  }
  open_->end = std::max(open_->end, match.end);
  const auto strictness = [](const CompiledPolicy::Decision& decision) {
    return std::make_pair(decision.action, -int{decision.policy});
  };
  if (strictness(match.decision) > strictness(open_->decision)) open_->decision = match.decision;
}

}  // namespace tandem::guard
