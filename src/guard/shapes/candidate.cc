#include "guard/shapes/candidate.h"

#include <algorithm>

namespace tandem::guard {

Progress begin_candidate(Candidate& candidate, const Scan& scan) {
  const Rule& rule = scan.rules.rule(candidate.rule);
  candidate.cursor = candidate.anchor_end;
  if (rule.shape == Shape::Assignment) return begin_assignment(candidate, scan);
  if (!rule.joined && !at_edge(scan.text, candidate.start)) return Progress::Closed;
  if (rule.shape == Shape::Token || rule.shape == Shape::PrivateKey) {
    candidate.floor = rule.keep_anchor ? candidate.anchor_end : candidate.start + rule.keep;
  }
  return Progress::Open;
}

Progress advance(Candidate& candidate, Scan& scan) {
  switch (scan.rules.rule(candidate.rule).shape) {
    case Shape::Token:
      return advance_token(candidate, scan);
    case Shape::PrivateKey:
      return advance_private_key(candidate, scan);
    case Shape::Assignment:
      return advance_assignment(candidate, scan);
    case Shape::UrlPassword:
    case Shape::UserPassword:
      return advance_password(candidate, scan);
  }
  return Progress::Closed;
}

uint64_t needed_from(const Candidate& candidate, const Rule& rule) {
  if (candidate.covered) return candidate.held_from();
  const uint64_t start = candidate.start;
  switch (rule.shape) {
    case Shape::Token:
      return start > rule.look_back ? start - rule.look_back : 0;
    case Shape::Assignment:
      // The rest of the name is looked at when it ends; it is never long.
      return std::min(start, candidate.held_from());
    default:
      return candidate.held_from();
  }
}

}  // namespace tandem::guard
