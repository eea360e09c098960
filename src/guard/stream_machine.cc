#include "guard/stream_machine.h"

#include <algorithm>

#include "base/log.h"
#include "base/text/utf8.h"

namespace tandem::guard {
namespace {

constexpr size_t kSlice = 16 * 1024;     // bounds the hits that wait at a time
constexpr size_t kTrimSlack = 2 * 1024;  // bytes that may pile up before the window is cut
constexpr size_t kOpenAssignments = 3;   // of one rule at a time; more are noise or an attack

}  // namespace

StreamMachine::StreamMachine(const RuleSet& rules, const AnchorIndex& anchors,
                             const CompiledPolicy& policy, Want want)
    : rules_(rules),
      anchors_(anchors),
      policy_(policy),
      want_(want),
      enforced_(rules),
      alerting_(rules) {
  auto stream = anchors_.open();
  if (stream) stream_ = std::move(*stream);
  failed_ = !stream;
}

size_t StreamMachine::held_bytes() const {
  const uint64_t done = std::max(released_, covered_);
  return end() > done ? end() - done : 0;
}

void StreamMachine::begin_call() {
  trim();
  view_ = {};
  out_.clear();
}

void StreamMachine::feed(std::string_view piece) {
  begin_call();
  if (!finished_) read_slices(piece, Last::Settled);
}

void StreamMachine::feed_whole(std::string_view text) {
  begin_call();
  if (finished_) return;
  read_slices(text, Last::Open);
  finished_ = true;
  advance_all(end(), true);
  settle(true);
}

// `last`: whether the last slice is settled, or left for who knows that nothing follows.
void StreamMachine::read_slices(std::string_view piece, Last last) {
  while (!piece.empty()) {
    const std::string_view slice = piece.substr(0, kSlice);
    read(slice);
    piece.remove_prefix(slice.size());
    if (last == Last::Settled || !piece.empty()) settle(false);
    if (!piece.empty()) {
      // The window moves: what was released so far must not point into it.
      if (out_.empty()) out_.assign(view_);
      view_ = {};
      trim();
    }
  }
}

void StreamMachine::finish() {
  begin_call();
  if (finished_) return;
  finished_ = true;
  advance_all(end(), true);
  settle(true);
}

void StreamMachine::read(std::string_view slice) {
  window_.append(slice);
  hits_.clear();
  if (failed_ || !anchors_.scan(stream_.get(), slice, hits_)) {
    // Without a matcher nothing is known to be safe, so nothing goes on.
    if (!failed_) log::error("guard", "the secret matcher failed; the text is blocked");
    failed_ = true;
    blocked_ = true;
    released_ = covered_ = end();
    return;
  }
  process_hits();
}

void StreamMachine::process_hits() {
  uint64_t reached = 0;
  for (const Hit& hit : hits_) {
    if (hit.end != reached && !candidates_.empty()) advance_all(hit.end, false);
    reached = hit.end;
    const AnchorIndex::Anchor& anchor = anchors_.anchor(hit.anchor);
    for (const uint16_t rule : anchor.rules) {
      if (policy_.enabled().test(rule)) open(rule, hit.end - anchor.text.size(), hit.end);
    }
  }
  if (!candidates_.empty()) advance_all(end(), false);
}

void StreamMachine::open(uint16_t rule, uint64_t start, uint64_t end) {
  Candidate candidate;
  candidate.rule = rule;
  candidate.start = start;
  candidate.anchor_end = end;
  const Scan scan{rules_, view_to(end), false, matches_};
  if (begin_candidate(candidate, scan) == Progress::Closed) return;
  if (rules_.rule(rule).shape == Shape::Assignment) {
    if (!admits_assignment(rule, start, end)) return;
  } else {
    // Within an open candidate the same rule sees its own body.
    for (const Candidate& other : candidates_) {
      if (other.rule == rule) return;
    }
  }
  candidates_.push_back(candidate);
}

// A second keyword before the value takes the first one's place ("secret key: …"); within a value
// it may be a name of its own (…?token=…), but only a few times.
bool StreamMachine::admits_assignment(uint16_t rule, uint64_t keyword, uint64_t keyword_end) {
  size_t open = 0;
  for (size_t i = 0; i < candidates_.size();) {
    if (candidates_[i].rule != rule) {
      ++i;
    } else if (!keeps_place(candidates_[i], view_to(keyword_end), keyword)) {
      candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++open;
      ++i;
    }
  }
  return open < kOpenAssignments;
}

// Lets `candidate` read on, and decides what becomes of a secret that it found.
bool StreamMachine::advance_one(Candidate& candidate, Scan& scan) {
  const size_t before = matches_.size();
  const bool covered_before = candidate.covered;
  const Progress progress = advance(candidate, scan);
  if (matches_.size() == before) return progress == Progress::Open;
  if (!covered_before) {
    const Match& match = matches_[before];
    const auto decision = policy_.decide(match.rule, scan.text.slice(match.begin, match.end));
    if (!decision) {
      matches_.resize(before);
      return false;
    }
    candidate.decision = *decision;
  }
  for (size_t i = before; i < matches_.size(); ++i) matches_[i].decision = candidate.decision;
  return progress == Progress::Open;
}

void StreamMachine::advance_all(uint64_t to, bool at_end) {
  Scan scan{rules_, view_to(to), at_end, matches_};
  size_t kept = 0;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (advance_one(candidates_[i], scan)) candidates_[kept++] = candidates_[i];
  }
  candidates_.resize(kept);
  for (const Match& match : matches_) {
    (match.decision.action == Action::Alert ? alerting_ : enforced_).add(match);
  }
  matches_.clear();
}

uint64_t StreamMachine::known_until(const RuleMask& rules) const {
  uint64_t known = end();
  if (rules.none()) return known;
  for (const Candidate& candidate : candidates_) {
    if (rules.test(candidate.rule)) known = std::min(known, candidate.held_from());
  }
  return std::min(known, anchors_.partial_begin(view_to(end()), rules));
}

void StreamMachine::settle(bool at_end) {
  const uint64_t known = at_end ? kNowhere : known_until(policy_.enforced());
  if (!enforced_.idle()) {
    enforced_.settle(known, [&](const Resolver::Cluster& cluster) {
      release(cluster.begin);
      if (cluster.decision.action == Action::Block) blocked_ = true;
      if (!blocked_) emit(redaction(rules_.rule(cluster.rule).id));
      released_ = std::max(released_, cluster.end);
      report(cluster);
    });
  }
  if (enforced_.open()) {
    // Sure to be covered, but its name and its end may still change.
    release(enforced_.open()->begin);
    covered_ = enforced_.open()->end;
  } else {
    release(release_limit(known, at_end));
    covered_ = released_;
  }
  if (alerting_.idle()) return;
  const uint64_t alerts_known = at_end ? kNowhere : known_until(policy_.enabled());
  alerting_.settle(alerts_known, [&](const Resolver::Cluster& cluster) { report(cluster); });
}

// A character that the piece has cut goes on whole, with the next piece.
uint64_t StreamMachine::release_limit(uint64_t known, bool at_end) const {
  const uint64_t limit = std::min(known, end());
  if (at_end || limit < end()) return limit;
  return limit - text::incomplete_utf8_tail(window_);
}

void StreamMachine::release(uint64_t until) {
  if (until <= released_) return;
  if (!blocked_) emit(view_to(until).slice(released_, until));
  released_ = until;
}

// `text` is part of window_, which stays until the next call, or short-lived.
void StreamMachine::emit(std::string_view text) {
  if (want_ == Want::Findings || text.empty()) return;
  const bool in_window =
      text.data() >= window_.data() && text.data() < window_.data() + window_.size();
  if (out_.empty() && view_.empty() && in_window) {
    view_ = text;
    return;
  }
  if (out_.empty()) out_.assign(view_);
  out_.append(text);
}

void StreamMachine::report(const Resolver::Cluster& cluster) {
  findings_.push_back({std::string(rules_.rule(cluster.rule).id), cluster.begin, cluster.end,
                       cluster.decision.action, policy_.policy_name(cluster.decision.policy)});
}

void StreamMachine::trim() {
  const uint64_t last = end();
  uint64_t keep = std::min(std::max(released_, covered_), last);
  for (const Candidate& candidate : candidates_) {
    keep = std::min(keep, needed_from(candidate, rules_.rule(candidate.rule)));
  }
  keep = std::min(keep, last - std::min<uint64_t>(last, kContext));
  if (keep < base_ + kTrimSlack) return;
  window_.erase(0, keep - base_);
  base_ = keep;
}

}  // namespace tandem::guard
