// The one machine behind SecretScanner::scan and StreamScanner: anchors open candidates, candidates
// read on until they are decided, the resolver makes findings, and text goes out up to the first
// byte that is still undecided. Internal to this folder; one stream, one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guard/resolver.h"
#include "guard/secret_scanner.h"
#include "guard/shapes/candidate.h"

namespace tandem::guard {

class StreamMachine {
 public:
  // What the caller wants: findings only, or the released text, too.
  enum class Want : uint8_t { Findings, Text };

  // `rules`, `anchors` and `policy` outlive the machine.
  StreamMachine(const RuleSet& rules, const AnchorIndex& anchors, const CompiledPolicy& policy,
                Want want);

  void feed(std::string_view piece);
  void finish();
  // feed() and finish() of a text that is whole: nothing is ever held back for what may follow.
  void feed_whole(std::string_view text);

  std::string_view text() const { return out_.empty() ? view_ : std::string_view(out_); }
  std::vector<Finding> take_findings() { return std::exchange(findings_, {}); }
  bool blocked() const { return blocked_; }
  size_t held_bytes() const;

 private:
  void begin_call();
  enum class Last : uint8_t { Settled, Open };
  void read_slices(std::string_view piece, Last last);
  void read(std::string_view slice);
  void process_hits();
  void open(uint16_t rule, uint64_t start, uint64_t end);
  bool admits_assignment(uint16_t rule, uint64_t keyword, uint64_t keyword_end);
  void advance_all(uint64_t end, bool at_end);
  bool advance_one(Candidate& candidate, Scan& scan);
  void settle(bool at_end);
  uint64_t known_until(const RuleMask& rules) const;
  uint64_t release_limit(uint64_t known, bool at_end) const;
  void release(uint64_t end);
  void emit(std::string_view text);
  void report(const Resolver::Cluster& cluster);
  void trim();

  TextView view_to(uint64_t end) const {
    return {std::string_view(window_).substr(0, end - base_), base_};
  }
  uint64_t end() const { return base_ + window_.size(); }

  const RuleSet& rules_;
  const AnchorIndex& anchors_;
  const CompiledPolicy& policy_;
  const Want want_;
  AnchorIndex::StreamHandle stream_;

  std::string window_;  // the text from base_ on that is still needed
  uint64_t base_ = 0;
  uint64_t released_ = 0;  // everything before was released or redacted
  uint64_t covered_ = 0;   // everything from released_ to here belongs to a finding
  std::vector<Hit> hits_;
  std::vector<Candidate> candidates_;
  std::vector<Match> matches_;
  Resolver enforced_;
  Resolver alerting_;

  std::string_view view_;  // released text of this call while it is one piece of window_
  std::string out_;        // released text of this call otherwise
  std::vector<Finding> findings_;
  bool blocked_ = false;
  bool failed_ = false;
  bool finished_ = false;
};

}  // namespace tandem::guard
