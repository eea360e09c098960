#include "guard/interceptor.h"

#include <gtest/gtest.h>

#include "guard/policy.h"

namespace tandem::guard {
namespace {

using Kind = Channel::Kind;

std::shared_ptr<const SecretScanner> scanner() {
  static const auto shared = *SecretScanner::create();
  return shared;
}

Interceptor guard_with(std::vector<Policy> policies) {
  return Interceptor::create(scanner(), policies).value();
}

// Made up; the keys of these tests open nothing.
constexpr std::string_view kToken = "ghp_x8Kq2mVt7LxPz4Rn6Wc1Yb3Hd5Jf9Sg0TaUe";
const std::string kTokenText(kToken);

TEST(Interceptor, RedactsTheSegmentsThatNeedIt) {
  const Interceptor guard = guard_with({Policy{}});
  const std::string question = "why does " + kTokenText + " fail?";
  const std::vector<Segment> segments = {{"You are helpful.", Role::System, "prompt:3"},
                                         {question, Role::User, "client"},
                                         {"password: Tiger7!Lily", Role::Tool, "tool:db"}};
  const Inspection seen = guard.inspect(Direction::Input, segments);
  EXPECT_EQ(seen.action, Action::Redact);
  ASSERT_EQ(seen.segments.size(), 2u);
  EXPECT_EQ(seen.segments[0].segment, 1u);
  EXPECT_EQ(seen.segments[0].edits, (std::vector<Edit>{{9, 49, "[REDACTED:github-pat]"}}));
  EXPECT_EQ(apply_edits(question, seen.segments[0].edits), "why does [REDACTED:github-pat] fail?");
  EXPECT_EQ(apply_edits(segments[2].text, seen.segments[1].edits),
            "password: [REDACTED:generic-password]");
}

TEST(Interceptor, AppliesPoliciesInTheirDirectionOnly) {
  Policy in = *find_builtin_policy("secrets-block");
  in.directions = {Direction::Input};
  const Interceptor guard = guard_with({in});
  EXPECT_TRUE(guard.guards(Direction::Input));
  EXPECT_FALSE(guard.guards(Direction::Output));
  const std::vector<Segment> segments = {{kToken, Role::Assistant, "target"}};
  EXPECT_TRUE(guard.inspect(Direction::Input, segments).blocked());
  EXPECT_EQ(guard.inspect(Direction::Output, segments).action, std::nullopt);
  OutputGuard out = guard.open_output();
  EXPECT_EQ(out.feed({}, kToken).text, kToken);
}

TEST(Interceptor, WithoutPoliciesLetsEverythingThrough) {
  const Interceptor guard = guard_with({});
  const std::vector<Segment> segments = {{kToken, Role::User, "client"}};
  EXPECT_EQ(guard.inspect(Direction::Input, segments).action, std::nullopt);
  OutputGuard out = guard.open_output();
  EXPECT_EQ(out.feed({}, "sk-").text, "sk-");
  EXPECT_TRUE(out.finish().empty());
}

TEST(Interceptor, RefusesABadPolicyEvenWithoutADirection) {
  Policy policy;
  policy.directions = {};
  EXPECT_FALSE(Interceptor::create(scanner(), std::vector<Policy>{policy}).has_value());
}

TEST(Interceptor, AlertChangesNothing) {
  const Interceptor guard = guard_with({*find_builtin_policy("secrets-alert")});
  const std::vector<Segment> segments = {{kToken, Role::User, "client"}};
  const Inspection seen = guard.inspect(Direction::Input, segments);
  EXPECT_EQ(seen.action, Action::Alert);
  EXPECT_EQ(seen.segments.at(0).findings.size(), 1u);
  EXPECT_TRUE(seen.segments.at(0).edits.empty());
}

TEST(OutputGuard, KeepsChannelsApart) {
  OutputGuard out = guard_with({Policy{}}).open_output();
  const Channel first{0, Kind::Content, 0}, second{1, Kind::Content, 0},
      call{0, Kind::ToolArguments, 2};
  // One key in pieces on three channels, interleaved; half of another between.
  std::string texts[3];
  const Channel channels[3] = {first, second, call};
  for (size_t i = 0; i < kToken.size(); i += 4) {
    for (size_t c = 0; c < 3; ++c) texts[c] += out.feed(channels[c], kToken.substr(i, 4)).text;
  }
  EXPECT_EQ(out.held_bytes(), 3 * kToken.size());
  texts[0] += out.feed(first, " end").text;
  texts[2] += out.feed(call, "\"}").text;
  EXPECT_EQ(texts[0], "[REDACTED:github-pat] end");
  EXPECT_EQ(texts[2], "[REDACTED:github-pat]\"}");
  EXPECT_EQ(texts[1], "");
  const auto rests = out.finish();
  ASSERT_EQ(rests.size(), 1u);
  EXPECT_EQ(rests[0].channel, second);
  EXPECT_EQ(rests[0].text, "[REDACTED:github-pat]");
  EXPECT_EQ(rests[0].findings.at(0), (Finding{"github-pat", 0, 40, Action::Redact, "secrets"}));
  EXPECT_EQ(out.action(), Action::Redact);
}

TEST(OutputGuard, SeesEscapedTextInToolArguments) {
  OutputGuard out = guard_with({Policy{}}).open_output();
  const Channel call{0, Kind::ToolArguments, 0};
  std::string text;
  const std::string arguments =
      R"({"command": "export GH_TOKEN=\")" + kTokenText + R"(\"\necho 'password: Tiger7!Lily'\n"})";
  for (const char c : arguments) text += out.feed(call, std::string_view(&c, 1)).text;
  for (const auto& rest : out.finish()) text += rest.text;
  EXPECT_EQ(text, R"({"command": "export GH_TOKEN=\"[REDACTED:github-pat]\"\necho 'password: )"
                  R"([REDACTED:generic-password]'\n"})");
}

TEST(OutputGuard, BlocksEveryChannel) {
  OutputGuard out = guard_with({*find_builtin_policy("secrets-block")}).open_output();
  const Channel first{0, Kind::Content, 0}, second{1, Kind::Content, 0};
  EXPECT_EQ(out.feed(second, "fine ").text, "fine ");
  EXPECT_FALSE(out.feed(first, "key " + kTokenText).blocked);
  const auto delta = out.feed(first, " and on");
  EXPECT_TRUE(delta.blocked);
  EXPECT_EQ(delta.text, "");
  EXPECT_EQ(delta.findings.size(), 1u);
  EXPECT_TRUE(out.feed(second, "more").blocked);
  EXPECT_EQ(out.feed(second, "more").text, "");
  EXPECT_TRUE(out.blocked());
  EXPECT_TRUE(out.finish().empty());
}

TEST(OutputGuard, EndsAChannelEarly) {
  OutputGuard out = guard_with({Policy{}}).open_output();
  const Channel block{0, Kind::Content, 0};
  EXPECT_EQ(out.feed(block, "note: sk").text, "note: ");
  EXPECT_EQ(out.finish(block).text, "sk");
  EXPECT_EQ(out.feed(block, "y blue").text, "y blue");  // a new text
  EXPECT_EQ(out.finish({5, Kind::Reasoning, 0}).text, "");
}

}  // namespace
}  // namespace tandem::guard
