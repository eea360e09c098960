#include "guard/policy.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text/encode.h"
#include "guard/errors.h"

namespace tandem::guard {
namespace {

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

CompiledPolicy::CompiledPolicy() = default;
CompiledPolicy::~CompiledPolicy() = default;

bool CompiledPolicy::applies_to(Direction direction) const {
  return std::find(directions_.begin(), directions_.end(), direction) != directions_.end();
}

bool CompiledPolicy::allows(std::string_view secret) const {
  if (std::find(allow_values_.begin(), allow_values_.end(), secret) != allow_values_.end()) {
    return true;
  }
  const re2::StringPiece piece(secret.data(), secret.size());
  return std::any_of(allow_patterns_.begin(), allow_patterns_.end(),
                     [&](const auto& pattern) { return re2::RE2::FullMatch(piece, *pattern); });
}

Result<std::shared_ptr<const CompiledPolicy>> compile_policy(const Policy& policy) {
  std::shared_ptr<CompiledPolicy> ready(new CompiledPolicy());
  ready->name_ = policy.name;
  if (policy.directions.empty()) return fail(errors::no_direction(policy.name));
  ready->directions_ = policy.directions;
  ready->allow_values_ = policy.allow_values;

  const size_t count = rule_table().size();
  if (policy.only_rules.empty()) {
    for (size_t i = 0; i < count; ++i) ready->enabled_.set(i);
  }
  for (const std::string& name : policy.only_rules) {
    TRY(const RuleMask rules, rules_named(policy.name, name));
    ready->enabled_ |= rules;
  }
  for (const std::string& name : policy.disabled_rules) {
    TRY(const RuleMask rules, rules_named(policy.name, name));
    ready->enabled_ &= ~rules;
  }

  ready->actions_.assign(count, policy.action);
  for (const bool groups : {true, false}) {  // groups first, so that a rule's own action stays
    for (const auto& [name, action] : policy.rule_actions) {
      TRY(const RuleMask rules, rules_named(policy.name, name));
      if (find_group(name).has_value() != groups) continue;
      for (size_t i = 0; i < count; ++i) {
        if (rules.test(i)) ready->actions_[i] = action;
      }
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (!ready->enabled_.test(i)) continue;
    (ready->actions_[i] == Action::Alert ? ready->alerting_ : ready->enforced_).set(i);
  }

  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  for (const std::string& text : policy.allow_patterns) {
    auto pattern = std::make_unique<re2::RE2>(text, options);
    if (!pattern->ok()) {
      return fail(errors::bad_allow_pattern(policy.name, text, pattern->error()));
    }
    ready->allow_patterns_.push_back(std::move(pattern));
  }
  return std::shared_ptr<const CompiledPolicy>(std::move(ready));
}

}  // namespace tandem::guard
