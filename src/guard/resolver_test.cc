#include "guard/resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tandem::guard {
namespace {

const RuleSet& rules() {
  static const auto shared = *RuleSet::create();
  return *shared;
}

uint16_t rule(std::string_view id) {
  return static_cast<uint16_t>(*find_rule(id));
}

Match match(std::string_view id, uint64_t begin, uint64_t end, Action action = Action::Redact) {
  return {rule(id), begin, end, {action, 0}};
}

struct Found {
  std::string_view rule;
  uint64_t begin, end;
  Action action;
  friend bool operator==(const Found&, const Found&) = default;
};

std::vector<Found> settle(Resolver& resolver, uint64_t known) {
  std::vector<Found> found;
  resolver.settle(known, [&](const Resolver::Cluster& c) {
    found.push_back({rules().rule(c.rule).id, c.begin, c.end, c.decision.action});
  });
  return found;
}

TEST(Resolver, WaitsUntilNothingCanOverlap) {
  Resolver resolver(rules());
  resolver.add(match("jwt", 10, 20));
  EXPECT_TRUE(settle(resolver, 10).empty());
  EXPECT_FALSE(resolver.open().has_value());
  EXPECT_TRUE(settle(resolver, 15).empty());
  EXPECT_TRUE(resolver.open().has_value());
  EXPECT_EQ(settle(resolver, 20), (std::vector<Found>{{"jwt", 10, 20, Action::Redact}}));
  EXPECT_TRUE(resolver.idle());
}

TEST(Resolver, JoinsWhatOverlapsUnderTheNarrowestName) {
  Resolver resolver(rules());
  resolver.add(match("generic-secret", 0, 50));
  resolver.add(match("jwt", 10, 60, Action::Block));
  resolver.add(match("github-pat", 59, 70));
  EXPECT_EQ(settle(resolver, 100), (std::vector<Found>{{"jwt", 0, 70, Action::Block}}));
}

TEST(Resolver, LeavesNeighboursApart) {
  Resolver resolver(rules());
  resolver.add(match("jwt", 10, 20));
  resolver.add(match("jwt", 20, 30));
  EXPECT_EQ(settle(resolver, 100).size(), 2u);
}

TEST(Resolver, DoesNotDependOnTheOrderOfComing) {
  std::vector<Match> matches = {match("generic-secret", 0, 9),
                                match("sk-key", 4, 20),
                                match("jwt", 19, 40),
                                match("github-pat", 50, 60),
                                match("generic-password", 50, 61),
                                match("npm-token", 70, 80)};
  std::mt19937 random(1);
  const std::vector<Found> expected = {{"jwt", 0, 40, Action::Redact},
                                       {"github-pat", 50, 61, Action::Redact},
                                       {"npm-token", 70, 80, Action::Redact}};
  for (int round = 0; round < 50; ++round) {
    std::shuffle(matches.begin(), matches.end(), random);
    Resolver resolver(rules());
    for (const Match& m : matches) resolver.add(m);
    EXPECT_EQ(settle(resolver, 100), expected);
  }
}

}  // namespace
}  // namespace tandem::guard
