// What shall happen to secrets: policies as users write them, made ready for scanning, and the
// verdict that comes out. Plain values; a CompiledPolicy is immutable and shared by all threads.
//   Policy policy{.name = "secrets"};                        // redact, both directions
//   policy.rule_actions["generic"] = Action::Alert;          // a group, or one rule
//   TRY(auto ready, compile_policy(policy));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "guard/rule_set.h"

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
  std::map<std::string, Action> rule_actions;  // a rule's id wins over its group
  std::vector<std::string> allow_values;       // secrets that may pass, exactly
  std::vector<std::string> allow_patterns;     // RE2 that a whole secret matches
};

// "secrets" redacts in both directions, "secrets-block" refuses, "secrets-alert" only reports.
std::vector<Policy> builtin_policies();
std::optional<Policy> find_builtin_policy(std::string_view name);

// `begin` and `end` are byte offsets in the original text of the segment or channel.
struct Finding {
  std::string rule;
  size_t begin = 0;
  size_t end = 0;
  Action action = Action::Redact;
  std::string policy = "secrets";  // the one that decided
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Verdict {
  std::optional<Action> action;  // the strictest of the findings; none where there are none
  std::vector<Finding> findings;

  void add(Finding finding);
  bool blocked() const { return action == Action::Block; }
};

std::string redaction(std::string_view rule);  // "[REDACTED:<rule>]"

// One policy or several at once: a rule acts as the strictest of the policies that have it, and a
// secret passes a policy that allows it without passing the others.
class CompiledPolicy {
 public:
  struct Decision {
    Action action = Action::Redact;
    uint8_t policy = 0;  // index for policy_name()
  };

  ~CompiledPolicy();

  // Rules that are on; those of them that may change or stop the text; those that may only report.
  const RuleMask& enabled() const { return enabled_; }
  const RuleMask& enforced() const { return enforced_; }
  const RuleMask& alerting() const { return alerting_; }
  // What happens to `secret`, found by `rule`; none: it may pass.
  std::optional<Decision> decide(size_t rule, std::string_view secret) const;
  const std::string& policy_name(size_t index) const;

 private:
  friend Result<std::shared_ptr<const CompiledPolicy>> compile_policies(std::span<const Policy>);
  struct Part;
  CompiledPolicy();

  std::vector<Part> parts_;
  RuleMask enabled_, enforced_, alerting_;
};

// An unknown rule, a bad pattern or a policy without a direction is an error that says so.
// Directions are the caller's: all of `policies` apply.
Result<std::shared_ptr<const CompiledPolicy>> compile_policies(std::span<const Policy> policies);
Result<std::shared_ptr<const CompiledPolicy>> compile_policy(const Policy& policy);

}  // namespace tandem::guard
