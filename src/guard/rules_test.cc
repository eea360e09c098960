#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "guard/secret_scanner.h"
#include "guard/testing/corpus.h"

namespace tandem::guard {
namespace {

constexpr uint32_t kSeed = 20;

const SecretScanner& scanner() {
  static const auto shared = *SecretScanner::create();
  return *shared;
}

std::vector<testing::Case> rule_cases() {
  return testing::read_cases(TANDEM_GUARD_TESTDATA "/rules.txt", kSeed);
}

std::string describe(const std::vector<SecretMatch>& matches, const std::string& text) {
  std::string out;
  for (const SecretMatch& match : matches) {
    out += fmt::format("\n    {} [{}, {}) {}", match.rule, match.begin, match.end,
                       text.substr(match.begin, match.end - match.begin));
  }
  return out.empty() ? " nothing" : out;
}

TEST(Rules, FindExactlyWhatTheCasesMark) {
  for (const testing::Case& c : rule_cases()) {
    if (!c.positive) continue;
    std::vector<SecretMatch> expected;
    for (const Extent& secret : c.secrets) expected.push_back({c.rule, secret.begin, secret.end});
    const auto found = scanner().scan(c.text);
    EXPECT_EQ(found, expected) << "rules.txt:" << c.line << " " << c.rule << "\n  " << c.text
                               << "\n  found" << describe(found, c.text);
  }
}

TEST(Rules, FindNothingInTheirLookAlikes) {
  for (const testing::Case& c : rule_cases()) {
    if (c.positive) continue;
    const auto found = scanner().scan(c.text);
    for (const SecretMatch& match : found) {
      EXPECT_NE(match.rule, c.rule)
          << "rules.txt:" << c.line << "\n  " << c.text << "\n  found" << describe(found, c.text);
    }
  }
}

TEST(Rules, HaveTwoCasesOfEachKindAtLeast) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const testing::Case& c : rule_cases()) {
    ++(c.positive ? counts[c.rule].first : counts[c.rule].second);
  }
  for (const Rule& rule : rule_table()) {
    const auto count = counts[std::string(rule.id)];
    EXPECT_GE(count.first, 2) << rule.id << " needs texts in which it finds something";
    EXPECT_GE(count.second, 2) << rule.id << " needs texts in which it finds nothing";
  }
  EXPECT_EQ(counts.size(), rule_table().size()) << "rules.txt names a rule that does not exist";
}

TEST(Rules, AreWellFormed) {
  std::set<std::string_view> ids;
  EXPECT_GE(rule_table().size(), 60u);
  for (const Rule& rule : rule_table()) {
    SCOPED_TRACE(std::string(rule.id));
    EXPECT_TRUE(ids.insert(rule.id).second) << "an id twice";
    EXPECT_EQ(rule.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos);
    EXPECT_FALSE(find_group(rule.id).has_value()) << "a rule must not have the id of a group";
    EXPECT_FALSE(rule.title.empty());
    EXPECT_TRUE(rule.about.ends_with("."));
    EXPECT_FALSE(rule.anchor_list().empty());
    EXPECT_LT(rule.max_length, kMaxHold);
    for (const std::string_view anchor : rule.anchor_list()) {
      EXPECT_GE(anchor.size(), 2u);
      EXPECT_TRUE(rule.keep == 0 || !rule.keep_anchor);
      EXPECT_LT(anchor.size(), 64u) << "the matcher sees that much of the past";
    }
    EXPECT_LE(rule.look_back, 16);
  }
}

TEST(Rules, AreFoundByIdAndGroup) {
  ASSERT_TRUE(find_rule("github-pat").has_value());
  EXPECT_EQ(rule_table()[*find_rule("github-pat")].title, "GitHub personal access token");
  EXPECT_FALSE(find_rule("github").has_value());
  EXPECT_EQ(find_group("payment"), Group::Payment);
  EXPECT_FALSE(find_group("payments").has_value());
  for (size_t i = 0; i < static_cast<size_t>(Group::kCount); ++i) {
    EXPECT_EQ(find_group(group_id(static_cast<Group>(i))), static_cast<Group>(i));
  }
}

}  // namespace
}  // namespace tandem::guard
