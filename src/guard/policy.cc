#include "guard/policy.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text/encode.h"
#include "guard/errors.h"

namespace tandem::guard {
namespace {

constexpr size_t kMaxPolicies = 64;

constexpr std::array<std::string_view, 3> kActionNames = {"alert", "redact", "block"};
constexpr std::array<std::string_view, 2> kDirectionNames = {"input", "output"};

template <class Enum, size_t n>
std::optional<Enum> find_name(const std::array<std::string_view, n>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// The rules that `name` stands for: one by id, or a group.
Result<RuleMask> rules_named(std::string_view policy, std::string_view name) {
  RuleMask mask;
  if (const auto rule = find_rule(name)) return mask.set(*rule);
  const auto table = rule_table();
  if (const auto group = find_group(name)) {
    for (size_t i = 0; i < table.size(); ++i) mask.set(i, table[i].group == *group);
    return mask;
  }
  std::vector<std::string> known;
  for (const Rule& rule : table) known.emplace_back(rule.id);
  for (size_t i = 0; i < static_cast<size_t>(Group::kCount); ++i) {
    known.emplace_back(group_id(static_cast<Group>(i)));
  }
  return fail(errors::unknown_rule(policy, name, text::nearest(name, known)));
}

}  // namespace

std::string_view action_name(Action action) {
  return kActionNames[static_cast<size_t>(action)];
}
std::string_view direction_name(Direction direction) {
  return kDirectionNames[static_cast<size_t>(direction)];
}
std::optional<Action> find_action(std::string_view name) {
  return find_name<Action>(kActionNames, name);
}
std::optional<Direction> find_direction(std::string_view name) {
  return find_name<Direction>(kDirectionNames, name);
}

std::vector<Policy> builtin_policies() {
  Policy redact, block, alert;
  block.name = "secrets-block";
  block.action = Action::Block;
  alert.name = "secrets-alert";
  alert.action = Action::Alert;
  return {redact, block, alert};
}

std::optional<Policy> find_builtin_policy(std::string_view name) {
  for (Policy& policy : builtin_policies()) {
    if (policy.name == name) return std::move(policy);
  }
  return std::nullopt;
}

void Verdict::add(Finding finding) {
  if (!action || *action < finding.action) action = finding.action;
  findings.push_back(std::move(finding));
}

std::string redaction(std::string_view rule) {
  std::string out;
  out.reserve(rule.size() + 11);
  return out.append("[REDACTED:").append(rule).append("]");
}

// One policy, by rule.
struct CompiledPolicy::Part {
  std::string name;
  RuleMask enabled;
  std::vector<Action> actions;
  std::vector<std::string> allow_values;
  std::vector<std::unique_ptr<re2::RE2>> allow_patterns;

  bool allows(std::string_view secret) const {
    if (std::find(allow_values.begin(), allow_values.end(), secret) != allow_values.end()) {
      return true;
    }
    const re2::StringPiece piece(secret.data(), secret.size());
    return std::any_of(allow_patterns.begin(), allow_patterns.end(),
                       [&](const auto& pattern) { return re2::RE2::FullMatch(piece, *pattern); });
  }

  Result<void> choose_rules(const Policy& policy);
  Result<void> choose_actions(const Policy& policy);
  Result<void> compile_patterns(const Policy& policy);
};

Result<void> CompiledPolicy::Part::choose_rules(const Policy& policy) {
  if (policy.only_rules.empty()) {
    for (size_t i = 0; i < rule_table().size(); ++i) enabled.set(i);
  }
  for (const std::string& rule : policy.only_rules) {
    TRY(const RuleMask rules, rules_named(policy.name, rule));
    enabled |= rules;
  }
  for (const std::string& rule : policy.disabled_rules) {
    TRY(const RuleMask rules, rules_named(policy.name, rule));
    enabled &= ~rules;
  }
  return {};
}

Result<void> CompiledPolicy::Part::choose_actions(const Policy& policy) {
  actions.assign(rule_table().size(), policy.action);
  for (const bool groups : {true, false}) {  // groups first, so that a rule's own action stays
    for (const auto& [rule, action] : policy.rule_actions) {
      TRY(const RuleMask rules, rules_named(policy.name, rule));
      if (find_group(rule).has_value() != groups) continue;
      for (size_t i = 0; i < actions.size(); ++i) {
        if (rules.test(i)) actions[i] = action;
      }
    }
  }
  return {};
}

Result<void> CompiledPolicy::Part::compile_patterns(const Policy& policy) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  for (const std::string& text : policy.allow_patterns) {
    auto pattern = std::make_unique<re2::RE2>(text, options);
    if (!pattern->ok()) {
      return fail(errors::bad_allow_pattern(policy.name, text, pattern->error()));
    }
    allow_patterns.push_back(std::move(pattern));
  }
  return {};
}

CompiledPolicy::CompiledPolicy() = default;
CompiledPolicy::~CompiledPolicy() = default;

std::optional<CompiledPolicy::Decision> CompiledPolicy::decide(size_t rule,
                                                               std::string_view secret) const {
  std::optional<Decision> decision;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.enabled.test(rule)) continue;
    const Action action = part.actions[rule];
    if (decision && decision->action >= action) continue;
    if (!part.allows(secret)) decision = Decision{action, static_cast<uint8_t>(i)};
  }
  return decision;
}

const std::string& CompiledPolicy::policy_name(size_t index) const {
  return parts_[index].name;
}

Result<std::shared_ptr<const CompiledPolicy>> compile_policies(std::span<const Policy> policies) {
  std::shared_ptr<CompiledPolicy> ready(new CompiledPolicy());
  if (policies.size() > kMaxPolicies) return fail(errors::too_many_policies(policies.size()));
  for (const Policy& policy : policies) {
    if (policy.directions.empty()) return fail(errors::no_direction(policy.name));
    CompiledPolicy::Part part;
    part.name = policy.name;
    part.allow_values = policy.allow_values;
    TRY_VOID(part.choose_rules(policy));
    TRY_VOID(part.choose_actions(policy));
    TRY_VOID(part.compile_patterns(policy));
    for (size_t i = 0; i < part.actions.size(); ++i) {
      if (part.enabled.test(i) && part.actions[i] != Action::Alert) ready->enforced_.set(i);
    }
    ready->enabled_ |= part.enabled;
    ready->parts_.push_back(std::move(part));
  }
  ready->alerting_ = ready->enabled_ & ~ready->enforced_;
  return std::shared_ptr<const CompiledPolicy>(std::move(ready));
}

Result<std::shared_ptr<const CompiledPolicy>> compile_policy(const Policy& policy) {
  return compile_policies(std::span(&policy, 1));
}

}  // namespace tandem::guard
