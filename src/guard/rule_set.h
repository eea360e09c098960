// The rules made ready: one RE2 each, and the last word over a closed candidate.
// Immutable after create(); any thread.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "guard/rule.h"
#include "guard/value_judge.h"

namespace re2 {
class RE2;
}

namespace tandem::guard {

inline constexpr size_t kMaxRules = 256;
using RuleMask = std::bitset<kMaxRules>;

struct Extent {
  size_t begin = 0;
  size_t end = 0;
};

class RuleSet {
 public:
  static Result<std::unique_ptr<const RuleSet>> create();
  ~RuleSet();

  const Rule& rule(size_t index) const { return table_[index]; }
  size_t size() const { return table_.size(); }

  // The secret within `window`, which holds the whole candidate and up to `look_back` bytes before
  // its anchor; the anchor stands at [anchor, anchor + anchor_size).
  std::optional<Extent> find_token(size_t rule, std::string_view window, size_t anchor,
                                   size_t anchor_size) const;
  // Is `value`, found behind a name, in a URL or on a command line, a secret?
  bool accepts_value(size_t rule, std::string_view value, const ValueContext& context) const;

 private:
  RuleSet();

  std::span<const Rule> table_;
  std::vector<std::unique_ptr<re2::RE2>> patterns_;
};

}  // namespace tandem::guard
