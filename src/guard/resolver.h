// Makes findings of matches: those that overlap become one, named by the narrowest rule among them
// (then the one that begins first, then the earlier in the table). The outcome depends on the set
// of matches only, not on when each came; the caller says up to which offset all are known.
// One stream's; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "guard/policy.h"
#include "guard/shapes/candidate.h"

namespace tandem::guard {

class Resolver {
 public:
  struct Cluster {
    uint16_t rule = 0;
    uint64_t named_from = 0;  // where the match of `rule` begins
    uint64_t begin = 0;
    uint64_t end = 0;
    CompiledPolicy::Decision decision{};  // the strictest of all
  };

  explicit Resolver(const RuleSet& rules) : rules_(rules) {}

  void add(const Match& match);
  // No match that is still to come begins before `known`. Calls `on_complete(const Cluster&)` for
  // every finding that is final, in the order of the text.
  template <class OnComplete>
  void settle(uint64_t known, OnComplete on_complete);

  bool idle() const { return pending_.empty() && !open_; }
  // A finding that is sure but may still grow.
  const std::optional<Cluster>& open() const { return open_; }

 private:
  void sort();
  void absorb();
  void join(const Match& match);

  const RuleSet& rules_;
  std::vector<Match> pending_;
  bool sorted_ = true;
  std::optional<Cluster> open_;
};

template <class OnComplete>
void Resolver::settle(uint64_t known, OnComplete on_complete) {
  sort();
  while (true) {
    if (open_) {
      absorb();
      if (open_->end > known) return;  // an overlapping match may still come
      on_complete(*open_);
      open_.reset();
    }
    if (pending_.empty() || pending_.front().begin >= known) return;
    const Match& first = pending_.front();
    open_ = Cluster{first.rule, first.begin, first.begin, first.end, first.decision};
  }
}

}  // namespace tandem::guard
