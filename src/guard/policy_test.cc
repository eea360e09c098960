#include "guard/policy.h"

#include <gtest/gtest.h>

#include "guard/secret_scanner.h"

namespace tandem::guard {
namespace {

const SecretScanner& scanner() {
  static const auto shared = *SecretScanner::create();
  return *shared;
}

// A GitHub token and a password, both made up.
constexpr std::string_view kToken = "ghp_x8Kq2mVt7LxPz4Rn6Wc1Yb3Hd5Jf9Sg0TaUe";
const std::string kText = "password: Tiger7!Lily and " + std::string(kToken);

Verdict inspect(const Policy& policy) {
  return scanner().inspect(kText, *compile_policy(policy).value());
}

TEST(Policy, DefaultRedactsBothDirections) {
  const Policy policy;
  EXPECT_EQ(policy.directions, (std::vector{Direction::Input, Direction::Output}));
  const Verdict verdict = inspect(policy);
  EXPECT_EQ(verdict.action, Action::Redact);
  EXPECT_EQ(verdict.findings,
            (std::vector<Finding>{{"generic-password", 10, 21, Action::Redact, "secrets"},
                                  {"github-pat", 26, 66, Action::Redact, "secrets"}}));
}

TEST(Policy, OffersBuiltins) {
  EXPECT_EQ(find_builtin_policy("secrets")->action, Action::Redact);
  EXPECT_EQ(find_builtin_policy("secrets-block")->action, Action::Block);
  EXPECT_EQ(find_builtin_policy("secrets-alert")->action, Action::Alert);
  EXPECT_FALSE(find_builtin_policy("pii").has_value());
  for (const Policy& policy : builtin_policies()) EXPECT_TRUE(compile_policy(policy).has_value());
}

TEST(Policy, SwitchesRulesAndGroups) {
  Policy only;
  only.only_rules = {"code"};
  ASSERT_EQ(inspect(only).findings.size(), 1u);
  EXPECT_EQ(inspect(only).findings[0].rule, "github-pat");

  Policy without;
  without.disabled_rules = {"github-pat", "generic-password"};
  EXPECT_TRUE(inspect(without).findings.empty());
  EXPECT_EQ(inspect(without).action, std::nullopt);
}

TEST(Policy, ARulesOwnActionWinsOverItsGroups) {
  Policy policy;
  policy.rule_actions = {{"generic", Action::Block}, {"generic-password", Action::Alert}};
  const Verdict verdict = inspect(policy);
  EXPECT_EQ(verdict.findings[0].action, Action::Alert);
  EXPECT_EQ(verdict.findings[1].action, Action::Redact);
  EXPECT_EQ(verdict.action, Action::Redact);
}

TEST(Policy, AllowsWhatIsListed) {
  Policy policy;
  policy.allow_values = {std::string(kToken)};
  policy.allow_patterns = {"Tiger[0-9]!.*"};
  EXPECT_TRUE(inspect(policy).findings.empty());
  policy.allow_patterns = {"Tiger"};  // must match whole
  EXPECT_EQ(inspect(policy).findings.size(), 1u);
}

TEST(Policy, SeveralPoliciesActAsTheStrictest) {
  Policy block = *find_builtin_policy("secrets-block");
  block.only_rules = {"code"};
  Policy alert = *find_builtin_policy("secrets-alert");
  const std::vector<Policy> both = {alert, block};
  const auto compiled = compile_policies(both).value();
  const Verdict verdict = scanner().inspect(kText, *compiled);
  ASSERT_EQ(verdict.findings.size(), 2u);
  EXPECT_EQ(verdict.findings[0],
            (Finding{"generic-password", 10, 21, Action::Alert, "secrets-alert"}));
  EXPECT_EQ(verdict.findings[1], (Finding{"github-pat", 26, 66, Action::Block, "secrets-block"}));
  EXPECT_TRUE(verdict.blocked());
}

TEST(Policy, WhatOnePolicyAllowsAnotherMayStillFind) {
  Policy block = *find_builtin_policy("secrets-block");
  block.allow_values = {std::string(kToken)};
  Policy alert = *find_builtin_policy("secrets-alert");
  alert.only_rules = {"code"};
  const std::vector<Policy> both = {block, alert};
  const Verdict verdict = scanner().inspect(kText, *compile_policies(both).value());
  ASSERT_EQ(verdict.findings.size(), 2u);
  EXPECT_EQ(verdict.findings[1], (Finding{"github-pat", 26, 66, Action::Alert, "secrets-alert"}));
}

TEST(Policy, RefusesWhatCannotBeMeant) {
  Policy unknown;
  unknown.disabled_rules = {"github-pta"};
  const auto refused = compile_policy(unknown);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  EXPECT_NE(refused.error().message.find("github-pta"), std::string::npos);
  EXPECT_EQ(refused.error().hint, "Did you mean github-pat?");

  Policy pattern;
  pattern.allow_patterns = {"("};
  EXPECT_EQ(compile_policy(pattern).error().param, "allow_patterns");

  Policy nowhere;
  nowhere.directions = {};
  EXPECT_EQ(compile_policy(nowhere).error().param, "directions");

  EXPECT_FALSE(compile_policies(std::vector<Policy>(65)).has_value());
}

TEST(Policy, NamesRoundTrip) {
  for (const Action action : {Action::Alert, Action::Redact, Action::Block}) {
    EXPECT_EQ(find_action(action_name(action)), action);
  }
  for (const Direction direction : {Direction::Input, Direction::Output}) {
    EXPECT_EQ(find_direction(direction_name(direction)), direction);
  }
  EXPECT_FALSE(find_action("deny").has_value());
  EXPECT_EQ(redaction("jwt"), "[REDACTED:jwt]");
}

}  // namespace
}  // namespace tandem::guard
