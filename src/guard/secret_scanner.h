// Finds secrets. One SecretScanner serves the whole server: it holds the compiled rules
// (Vectorscan for anchors, RE2 to confirm) and is immutable; scratch memory is one per thread.
//   TRY(auto scanner, SecretScanner::create());
//   for (const SecretMatch& match : scanner->scan(text)) …
// Whole texts and streams go through the same machine (stream_scanner.h), so they agree.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "guard/anchor_index.h"
#include "guard/policy.h"
#include "guard/rule_set.h"

namespace tandem::guard {

struct SecretMatch {
  std::string_view rule;  // id; lives as long as the program
  size_t begin = 0;       // byte offsets in the text
  size_t end = 0;
  friend bool operator==(const SecretMatch&, const SecretMatch&) = default;
};

class SecretScanner {
 public:
  static Result<std::shared_ptr<const SecretScanner>> create();

  // All secrets of `text` by all rules, in order, without overlaps. Any bytes are fine.
  std::vector<SecretMatch> scan(std::string_view text) const;
  // What `policy` makes of `text`.
  Verdict inspect(std::string_view text, const CompiledPolicy& policy) const;

  const RuleSet& rules() const { return *rules_; }
  const AnchorIndex& anchors() const { return *anchors_; }

 private:
  SecretScanner() = default;

  std::unique_ptr<const RuleSet> rules_;
  std::unique_ptr<const AnchorIndex> anchors_;
  std::shared_ptr<const CompiledPolicy> all_rules_;
};

}  // namespace tandem::guard
