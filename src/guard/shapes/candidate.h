// A place where a secret may stand: from the hit of an anchor to the decision. Each shape of rule
// is a small machine over bytes; what it does depends on the bytes and their offsets only, never on
// how they came in pieces, because a machine that lacks bytes for a decision waits for them.
// Owned by one stream; one thread at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "guard/policy.h"
#include "guard/rule_set.h"
#include "guard/text_view.h"

namespace tandem::guard {

inline constexpr uint64_t kNowhere = std::numeric_limits<uint64_t>::max();

struct Match {
  uint16_t rule = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
  CompiledPolicy::Decision decision{};  // set by the stream, which knows the policy
};

struct Candidate {
  uint16_t rule = 0;
  uint8_t phase = 0;
  CompiledPolicy::Decision decision{};
  bool covered = false;  // certain already; the rest is covered piece by piece to its end
  uint64_t start = 0;    // the anchor's first byte
  uint64_t anchor_end = 0;
  uint64_t cursor = 0;        // the next byte to read
  uint64_t floor = kNowhere;  // the first byte that a coming match may cover; kNowhere: cursor
  uint64_t mark = 0;          // shapes/*.cc say what for
  uint32_t run = 0;

  // Assignment and passwords.
  Link link = Link::Sign;
  char quote = 0;
  bool escaped = false;  // the quote came as \" (code within JSON)
  bool spaced = false;
  bool named = false;
  bool flag = false;    // --password: a command line
  bool markup = false;  // <password>
  bool closed = false;  // a quote or bracket closed the name
  bool only_sign = false;
  bool dashed = false;  // the value hangs on the name by a dash ("key-…")
  uint8_t words = 0;
  uint8_t blanks = 0;
  uint8_t lines = 0;
  uint8_t marks = 0;

  uint64_t held_from() const { return floor == kNowhere ? cursor : floor; }
};

struct Scan {
  const RuleSet& rules;
  TextView text;
  bool at_end = false;  // nothing follows text.end()
  std::vector<Match>& matches;
};

enum class Progress : uint8_t { Open, Closed };

// A candidate for the anchor at [start, end), or Closed where its surroundings rule it out.
Progress begin_candidate(Candidate& candidate, const Scan& scan);
// Reads on as far as the text goes. Closed: decided, with the match (if any) in scan.matches.
Progress advance(Candidate& candidate, Scan& scan);
// The first byte that `candidate` still has to see.
uint64_t needed_from(const Candidate& candidate, const Rule& rule);

// The machines.
Progress advance_token(Candidate& candidate, Scan& scan);
Progress advance_private_key(Candidate& candidate, Scan& scan);
Progress advance_password(Candidate& candidate, Scan& scan);
Progress begin_assignment(Candidate& candidate, const Scan& scan);
// Does an assignment whose value is being read stay beside a new one of the same rule, whose
// keyword begins at `keyword`? It does behind its sign; before, the new one takes its place.
bool keeps_place(const Candidate& candidate, const TextView& text, uint64_t keyword);
Progress advance_assignment(Candidate& candidate, Scan& scan);

// Bytes before the cursor that machines look at.
inline constexpr uint64_t kContext = 96;

}  // namespace tandem::guard
