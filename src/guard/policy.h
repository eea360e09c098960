// What shall happen to secrets: the policy as users write it, made ready for scanning, and the
// verdict that comes out. Plain values; a CompiledPolicy is immutable and shared by all threads.
//   Policy policy{.name = "secrets"};                        // redact, both directions
//   policy.rule_actions["generic"] = Action::Alert;          // a group, or one rule
//   TRY(auto ready, compile_policy(policy));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "guard/rule_set.h"

namespace re2 {
class RE2;
}

namespace tandem::guard {

// From mild to strict. Alert: the text goes on unchanged. Redact: the secret is replaced by
// [REDACTED:<rule id>]. Block: the call is refused; a stream ends before the secret.
enum class Action : uint8_t { Alert, Redact, Block };
enum class Direction : uint8_t { Input, Output };

std::string_view action_name(Action action);  // "alert", "redact", "block"
std::string_view direction_name(Direction direction);
std::optional<Action> find_action(std::string_view name);
std::optional<Direction> find_direction(std::string_view name);

// Rules are named by id ("github-pat") or by group ("generic").
struct Policy {
  std::string name = "secrets";
  std::vector<Direction> directions = {Direction::Input, Direction::Output};
  Action action = Action::Redact;
  std::vector<std::string> only_rules;  // empty: all
  std::vector<std::string> disabled_rules;
  std::map<std::string, Action> rule_actions;  // a rule id wins over its group
  std::vector<std::string> allow_values;       // secrets that may pass, exactly
  std::vector<std::string> allow_patterns;     // RE2 that a whole secret matches
};

// "secrets" redacts in both directions, "secrets-block" refuses, "secrets-alert" only reports.
std::vector<Policy> builtin_policies();
std::optional<Policy> find_builtin_policy(std::string_view name);

// `begin` and `end` are byte offsets in the original text of the segment (or channel).
struct Finding {
  std::string rule;
  size_t begin = 0;
  size_t end = 0;
  Action action = Action::Redact;
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Verdict {
  std::optional<Action> action;  // the strictest of the findings; none where there are none
  std::vector<Finding> findings;

  void add(Finding finding);
  bool blocked() const { return action == Action::Block; }
};

std::string redaction(std::string_view rule);  // "[REDACTED:<rule>]"

class CompiledPolicy {
 public:
  ~CompiledPolicy();

  const std::string& name() const { return name_; }
  bool applies_to(Direction direction) const;
  // Rules that are on; those of them that change or stop the text, and those that only report.
  const RuleMask& enabled() const { return enabled_; }
  const RuleMask& enforced() const { return enforced_; }
  const RuleMask& alerting() const { return alerting_; }
  Action action_of(size_t rule) const { return actions_[rule]; }
  bool has_allow_list() const { return !allow_values_.empty() || !allow_patterns_.empty(); }
  bool allows(std::string_view secret) const;

 private:
  friend Result<std::shared_ptr<const CompiledPolicy>> compile_policy(const Policy&);
  CompiledPolicy();

  std::string name_;
  std::vector<Direction> directions_;
  RuleMask enabled_, enforced_, alerting_;
  std::vector<Action> actions_;
  std::vector<std::string> allow_values_;
  std::vector<std::unique_ptr<re2::RE2>> allow_patterns_;
};

// An unknown rule, a bad pattern or a policy without a direction is an error that says so.
Result<std::shared_ptr<const CompiledPolicy>> compile_policy(const Policy& policy);

}  // namespace tandem::guard
