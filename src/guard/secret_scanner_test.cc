#include "guard/secret_scanner.h"

#include <gtest/gtest.h>

#include <thread>

#include "guard/anchor_index.h"
#include "guard/testing/corpus.h"
#include "guard/text_view.h"

namespace tandem::guard {
namespace {

const SecretScanner& scanner() {
  static const auto shared = *SecretScanner::create();
  return *shared;
}

TextView view(std::string_view text) {
  return {text, 0};
}

TEST(AtEdge, IsWhereAWordBegins) {
  EXPECT_TRUE(at_edge(view("key"), 0));
  EXPECT_TRUE(at_edge(view("a key"), 2));
  EXPECT_TRUE(at_edge(view("x=key"), 2));
  EXPECT_TRUE(at_edge(view("_key"), 1));
  EXPECT_TRUE(at_edge(view("\xC3\xA9key"), 2));
  EXPECT_FALSE(at_edge(view("monkey"), 3));
  EXPECT_FALSE(at_edge(view("4key"), 1));
}

TEST(AtEdge, KnowsEscapes) {
  EXPECT_TRUE(at_edge(view("\\nkey"), 2));
  EXPECT_TRUE(at_edge(view("\\u0022key"), 6));
  EXPECT_TRUE(at_edge(view("%3Dkey"), 3));
  EXPECT_TRUE(at_edge(view("\x1B[31mkey"), 5));
  EXPECT_TRUE(at_edge(view("\x1B[1;31mkey"), 7));
  EXPECT_FALSE(at_edge(view("nkey"), 1));
  EXPECT_FALSE(at_edge(view("0022key"), 4));
  EXPECT_FALSE(at_edge(view("[31mkey"), 4));
}

uint64_t partial(std::string_view text) {
  RuleMask all;
  all.set();
  return scanner().anchors().partial_begin(view(text), all);
}

TEST(AnchorIndex, FindsWhereAnAnchorMayHaveBegun) {
  EXPECT_EQ(partial("Hello"), 5u);
  EXPECT_EQ(partial("see gh"), 4u);
  EXPECT_EQ(partial("see ghp"), 4u);
  EXPECT_EQ(partial("see ghp_"), 8u) << "a whole anchor is a candidate of its own";
  EXPECT_EQ(partial("high"), 4u) << "not within a word";
  EXPECT_EQ(partial("line\n-----BEG"), 5u);
  EXPECT_EQ(partial("at 12:30:A"), 9u) << "the number before a Telegram token stays";
  EXPECT_EQ(partial(""), 0u);
}

TEST(AnchorIndex, LooksForTheRulesAskedForOnly) {
  RuleMask npm;
  npm.set(*find_rule("npm-token"));
  EXPECT_EQ(scanner().anchors().partial_begin(view("see gh"), npm), 6u);
  EXPECT_EQ(scanner().anchors().partial_begin(view("see np"), npm), 4u);
}

TEST(AnchorIndex, HitsDoNotDependOnTheCuts) {
  const std::string text = "password: ghp_1 sk-ant-x PASSWORD eyJ sk-proj- api_key=";
  const auto hits_of = [&](size_t step) {
    const auto stream = scanner().anchors().open().value();
    std::vector<Hit> hits;
    for (size_t i = 0; i < text.size(); i += step) {
      EXPECT_TRUE(scanner().anchors().scan(stream.get(), text.substr(i, step), hits).has_value());
    }
    return hits;
  };
  const auto whole = hits_of(text.size());
  EXPECT_GE(whole.size(), 9u);
  for (const size_t step : {1, 2, 3, 7}) EXPECT_EQ(hits_of(step), whole);
}

TEST(SecretScanner, ScansEmptyAndPlainTexts) {
  EXPECT_TRUE(scanner().scan("").empty());
  EXPECT_TRUE(scanner().scan("Nothing to see here, move along.").empty());
  EXPECT_TRUE(scanner().scan(std::string(100'000, '\0')).empty());
}

TEST(SecretScanner, GivesMatchesInOrderAcrossSlices) {
  std::mt19937 random(3);
  std::string text(16 * 1024 - 20, '.');  // the first key lies across the slice's end
  std::vector<SecretMatch> expected;
  for (int i = 0; i < 5; ++i) {
    const std::string key = testing::expand(" ghp_{A36}", random);
    expected.push_back({"github-pat", text.size() + 1, text.size() + 41});
    text += key;
    text.append(10'000, ' ');
  }
  EXPECT_EQ(scanner().scan(text), expected);
}

TEST(SecretScanner, ServesThreadsAtOnce) {
  const auto cases = testing::read_cases(TANDEM_GUARD_TESTDATA "/rules.txt", 5);
  std::string text;
  for (size_t i = 0; i < cases.size(); i += 4) text += cases[i].text + "\n";
  const auto expected = scanner().scan(text);
  EXPECT_GE(expected.size(), 50u);
  std::vector<std::thread> threads;
  std::vector<std::vector<SecretMatch>> found(4);
  for (auto& mine : found) {
    threads.emplace_back([&mine, &text] {
      for (int i = 0; i < 5; ++i) mine = scanner().scan(text);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : found) EXPECT_EQ(mine, expected);
}

TEST(SecretScanner, LivesBesideAnother) {
  const auto other = *SecretScanner::create();
  const std::string text = "password: Tiger7!Lily";
  EXPECT_EQ(other->scan(text), scanner().scan(text));
  EXPECT_EQ(scanner().scan(text).size(), 1u);
}

}  // namespace
}  // namespace tandem::guard
