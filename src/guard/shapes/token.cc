// Shape::Token: the longest run of the rule's body behind the anchor, then the rule's pattern.
#include <algorithm>

#include "guard/shapes/candidate.h"

namespace tandem::guard {
namespace {

uint64_t skip_body(const Candidate& candidate, const Scan& scan, Body body, uint64_t limit) {
  const uint64_t end = std::min(scan.text.end(), limit);
  uint64_t at = candidate.cursor;
  while (at < end && in_body(body, scan.text.at(at))) ++at;
  return at;
}

// Adds the match within [start, close); says whether it goes up to `close`.
bool confirm(const Candidate& candidate, Scan& scan, const Rule& rule, uint64_t close) {
  const uint64_t back = std::min<uint64_t>(candidate.start - scan.text.begin(), rule.look_back);
  const uint64_t from = candidate.start - back;
  const auto found =
      scan.rules.find_token(candidate.rule, scan.text.slice(from, close), candidate.start - from,
                            candidate.anchor_end - candidate.start);
  if (!found) return false;
  scan.matches.push_back({candidate.rule, from + found->begin, from + found->end});
  return from + found->end == close;
}

Progress cover(Candidate& candidate, Scan& scan, const Rule& rule) {
  const uint64_t at = skip_body(candidate, scan, rule.body, kNowhere);
  if (at > candidate.cursor) {
    // The pieces overlap by a byte, so that they stay one finding.
    scan.matches.push_back({candidate.rule, candidate.floor, at});
    candidate.cursor = at;
    candidate.floor = at - 1;
  }
  return at < scan.text.end() ? Progress::Closed : Progress::Open;
}

}  // namespace

Progress advance_token(Candidate& candidate, Scan& scan) {
  const Rule& rule = scan.rules.rule(candidate.rule);
  if (candidate.covered) return cover(candidate, scan, rule);

  const uint64_t limit = candidate.start + rule.max_length;
  const uint64_t at = skip_body(candidate, scan, rule.body, limit + 1);
  candidate.cursor = at;
  if (at == limit + 1) {
    // One byte more than the longest: long enough to be sure.
    if (!confirm(candidate, scan, rule, limit) || !rule.endless) return Progress::Closed;
    candidate.covered = true;
    candidate.floor = limit - 1;
    candidate.cursor = limit;
    return cover(candidate, scan, rule);
  }
  if (at == scan.text.end() && !scan.at_end) return Progress::Open;
  confirm(candidate, scan, rule, at);
  return Progress::Closed;
}

}  // namespace tandem::guard
