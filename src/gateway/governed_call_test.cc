// The governed path with everything around it played (testing/path_fixture.h). Prices are 1 and 2
// US dollars per million tokens: 1,000 nano-dollars an input token, 2,000 an output token.
#include "gateway/governed_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/path_fixture.h"
#include "net/local_exchange.h"

namespace tandem::gateway {
namespace {

using testing::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PathTest;
using testing::PlayedTarget;

using GovernedCallTest = PathTest;

constexpr const char* kStream = "x-stream: 1\r\n";
constexpr const char* kPiece = R"({"model":"m","choices":[{"index":0,"delta":{"content":"Hi "}}]})";
constexpr const char* kEnd =
    R"({"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
constexpr const char* kUsage =
    R"({"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12}})";

TEST_F(GovernedCallTest, ACallIsReservedAnsweredAndSettledInThisOrder) {
  first_->steps = {says("hello, with usage")};
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello, with usage");
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "settle"));
  ASSERT_EQ(sink_.ends.size(), 1u);
  EXPECT_EQ(sink_.ends[0].state, cost::State::Settled);
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 9 * 1'000 + 12 * 2'000);
  EXPECT_EQ(sink_.ends[0].call.request_id, answer.header("x-request-id"));
}

TEST_F(GovernedCallTest, TheAnswerSaysWhoAnsweredAndWhatItCost) {
  first_->steps = {says("usage")};
  const Answer answer = call("question");
  EXPECT_EQ(answer.header("x-tandem-endpoint"), "chat");
  EXPECT_EQ(answer.header("x-tandem-target"), "acme/m");
  EXPECT_EQ(answer.header("x-tandem-attempts"), "1");
  EXPECT_EQ(answer.header("x-tandem-cost-nano-usd"), "33000");
  EXPECT_GE(std::stoll(answer.header("x-tandem-overhead-us")), 0);
}

TEST_F(GovernedCallTest, TheReservationIsTheInputAndTheMostThatMayComeOut) {
  first_->steps = {says("usage")};
  call("question");
  ASSERT_EQ(sink_.reserved.size(), 1u);
  EXPECT_EQ(sink_.reserved[0].input_tokens, 10);
  EXPECT_EQ(sink_.reserved[0].output_tokens, 100);
}

TEST_F(GovernedCallTest, AFailureIsReleasedAndTriedAgain) {
  first_->steps = {fails(FailureKind::ServerError), says("usage")};
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-tandem-attempts"), "2");
  EXPECT_THAT(log_.all(),
              ElementsAre("reserve", "target", "release", "reserve", "target", "settle"));
  EXPECT_EQ(sink_.ends[0].reason, cost::Reason::ServerError);
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 0);
}

TEST_F(GovernedCallTest, AnotherTargetTakesOverWhereTheFirstIsUnavailable) {
  config_.retries.max = 0;
  publish();
  first_->steps = {fails(FailureKind::Unavailable)};
  fallback_->steps = {says("usage")};
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-tandem-target"), "spare/m");
}

TEST_F(GovernedCallTest, ARefusalIsFinal) {
  first_->steps = {fails(FailureKind::Rejected)};
  EXPECT_NE(call("question").status, 200);
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "release"));
}

TEST_F(GovernedCallTest, AMalformedAnswerCountsAsAFailure) {
  first_->steps = {says("bad answer"), says("usage")};
  EXPECT_EQ(call("question").status, 200);
  EXPECT_THAT(log_.all(),
              ElementsAre("reserve", "target", "release", "reserve", "target", "settle"));
  EXPECT_EQ(sink_.ends[0].reason, cost::Reason::Malformed);
}

TEST_F(GovernedCallTest, EveryAttemptThatFailsIsReleased) {
  config_.retries.max = 0;
  publish();
  first_->steps = {fails(FailureKind::ServerError)};
  fallback_->steps = {fails(FailureKind::ServerError)};
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 502);
  EXPECT_THAT(answer.body, HasSubstr("spare/m: It broke."));
  EXPECT_EQ(answer.header("x-tandem-attempts"), "2");
  EXPECT_EQ(budgets_.stats().refusals, 0u);
  EXPECT_EQ(accountant_.stats().open, 0);
}

TEST_F(GovernedCallTest, WithoutReportedUsageTheCostIsAnEstimate) {
  first_->steps = {says("hello")};
  EXPECT_EQ(call("question").status, 200);
  ASSERT_EQ(sink_.ends.size(), 1u);
  EXPECT_EQ(sink_.ends[0].state, cost::State::Estimated);
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 10 * 1'000 + 7 * 2'000);
}

TEST_F(GovernedCallTest, WhatMayNotBeCalledReachesNobody) {
  const Answer unknown = call("question", "", "nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("model_not_found"));
  const Answer narrow = call("question", "x-api-key: narrow\r\n");
  EXPECT_EQ(narrow.status, 403);
  EXPECT_THAT(narrow.body, HasSubstr("endpoint_not_allowed"));
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(GovernedCallTest, ABudgetThatIsTooSmallReachesNobody) {
  // The reservation is 10 * 1,000 + 100 * 2,000 nano-dollars.
  ASSERT_TRUE(budgets_.set_limit(cost::Scope::Project, "shop", {cost::Period::Total, 209'999}));
  const Answer refused = call("question");
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("budget_exceeded"));
  EXPECT_EQ(refused.header("x-should-retry"), "false");
  EXPECT_THAT(first_->seen, IsEmpty());
  ASSERT_TRUE(budgets_.set_limit(cost::Scope::Project, "shop", {cost::Period::Total, 210'000}));
  first_->steps = {says("usage")};
  EXPECT_EQ(call("question").status, 200);
}

TEST_F(GovernedCallTest, ARateLimitReachesNobody) {
  first_->steps = {says("usage")};
  rate_limits_.set(KeyId("key"), {1, std::nullopt});
  EXPECT_EQ(call("question").header("x-ratelimit-remaining-requests"), "0");
  const Answer refused = call("question");
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("rate_limit_exceeded"));
  EXPECT_FALSE(refused.header("retry-after").empty());
  EXPECT_EQ(first_->seen.size(), 1u);
}

TEST_F(GovernedCallTest, TheTargetSeesWhatTheGuardLeft) {
  first_->steps = {says("usage")};
  EXPECT_EQ(call("my SECRET word").status, 200);
  EXPECT_THAT(first_->seen, ElementsAre("my [redacted] word"));
  EXPECT_EQ(call("FORBIDDEN").status, 400);
  EXPECT_EQ(first_->seen.size(), 1u);
}

// What was bought is paid for, though nobody may read it.
TEST_F(GovernedCallTest, ABlockedAnswerIsSettled) {
  first_->steps = {says("a SECRET")};
  const Answer blocked = call("question");
  EXPECT_EQ(blocked.status, 400);
  EXPECT_THAT(blocked.body, HasSubstr("guard_blocked"));
  EXPECT_THAT(blocked.body, Not(HasSubstr("SECRET")));
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "settle"));
}

TEST_F(GovernedCallTest, ARequestLargerThanTheEndpointTakesIsRefused) {
  config_.limits.max_request_bytes = 5;
  publish();
  EXPECT_EQ(call("123456").status, 413);
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(GovernedCallTest, AStreamIsSettledBeforeItsEnd) {
  first_->steps = {{{}, {kPiece, kEnd, kUsage, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, HasSubstr("data: [DONE]"));
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "settle"));
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 33'000);
  EXPECT_EQ(sink_.ends[0].state, cost::State::Settled);
}

TEST_F(GovernedCallTest, ACompleteStreamWithoutItsGoodByeIsASuccess) {
  first_->steps = {{{}, {kPiece, kEnd, kUsage}}};
  const Answer answer = call("question", kStream);
  EXPECT_THAT(answer.body, HasSubstr("data: [DONE]"));
  EXPECT_EQ(sink_.ends[0].state, cost::State::Settled);
}

TEST_F(GovernedCallTest, AStreamThatBreaksEndsInAnErrorAndIsPaidFor) {
  first_->steps = {fails(FailureKind::Reset, {kPiece})};
  const Answer answer = call("question", kStream);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, HasSubstr("\"error\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "settle"));
  EXPECT_EQ(sink_.ends[0].state, cost::State::Estimated);
  EXPECT_GT(sink_.ends[0].cost_nano_usd, 10 * 1'000);
}

TEST_F(GovernedCallTest, AStreamThatBreaksBeforeItsFirstEventIsTriedAgain) {
  first_->steps = {fails(FailureKind::Reset), {{}, {kPiece, kEnd, kUsage, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_EQ(answer.header("x-tandem-attempts"), "2");
  EXPECT_THAT(answer.body, HasSubstr("data: [DONE]"));
}

TEST_F(GovernedCallTest, AMalformedEventIsNeverForwarded) {
  first_->steps = {{{}, {kPiece, "{broken", kEnd, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, Not(HasSubstr("{broken")));
  EXPECT_THAT(answer.body, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(accountant_.stats().open, 0);
}

// Two targets, the second asked a millisecond after a first that hangs.
PlayedTarget::Step hangs(std::vector<std::string> events = {}) {
  PlayedTarget::Step step;
  step.events = std::move(events);
  step.hangs = true;
  return step;
}

TEST_F(GovernedCallTest, ASlowTargetIsHedgedStoppedAndPaidForItsInput) {
  config_.hedge.after_ms = 1;
  publish();
  first_->steps = {hangs()};
  fallback_->steps = {says("usage")};
  const Answer answer = call("question");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("x-tandem-target"), "spare/m");
  EXPECT_EQ(answer.header("x-tandem-attempts"), "2");
  EXPECT_THAT(log_.all(),
              ElementsAre("reserve", "target", "reserve", "target", "settle", "stopped", "settle"));
  ASSERT_EQ(sink_.ends.size(), 2u);
  EXPECT_EQ(sink_.ends[0].call.attempt, 2);
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 33'000);
  EXPECT_EQ(sink_.ends[1].call.attempt, 1);
  EXPECT_EQ(sink_.ends[1].state, cost::State::Estimated);
  EXPECT_EQ(sink_.ends[1].cost_nano_usd, 10 * 1'000);  // ten tokens in, none out
  EXPECT_EQ(accountant_.stats().open, 0);
}

// A role without a text is no answer yet.
TEST_F(GovernedCallTest, AHedgedStreamGoesToTheFirstThatSaysSomething) {
  config_.hedge.after_ms = 1;
  publish();
  first_->steps = {hangs(
      {R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"})};
  fallback_->steps = {{{}, {kPiece, kEnd, kUsage, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_EQ(answer.header("x-tandem-target"), "spare/m");
  EXPECT_THAT(answer.body, Not(HasSubstr("role")));
  EXPECT_THAT(answer.body, HasSubstr("[DONE]"));
  ASSERT_EQ(sink_.ends.size(), 2u);
  EXPECT_EQ(accountant_.stats().open, 0);
}

TEST_F(GovernedCallTest, AFirstThatAnswersInTimeIsNotHedged) {
  config_.hedge.after_ms = 60'000;
  publish();
  first_->steps = {says("usage")};
  EXPECT_EQ(call("question").header("x-tandem-attempts"), "1");
  EXPECT_THAT(fallback_->seen, IsEmpty());
}

TEST_F(GovernedCallTest, WhereBothOfAPairFailTheCallFailsAndNeitherIsAskedAgain) {
  config_.hedge.after_ms = 1;
  config_.retries.max = 0;
  publish();
  first_->steps = {hangs()};
  first_->steps.front().stops_after_ms = 100;
  fallback_->steps = {fails(FailureKind::ServerError)};
  EXPECT_EQ(call("question").status, 502);
  EXPECT_EQ(first_->seen.size(), 1u);
  EXPECT_EQ(fallback_->seen.size(), 1u);
  EXPECT_EQ(accountant_.stats().open, 0);
}

TEST_F(GovernedCallTest, AStreamThatBreaksOffIsContinuedByAnotherTarget) {
  config_.on_midstream_failure = Midstream::Continue;
  publish();
  first_->steps = {fails(FailureKind::Reset, {kPiece})};
  fallback_->steps = {{{},
                       {R"({"model":"m","choices":[{"index":0,"delta":{"content":"there"}}]})",
                        kEnd, kUsage, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, HasSubstr("there"));
  EXPECT_THAT(answer.body, HasSubstr("[DONE]"));
  EXPECT_THAT(answer.body, Not(HasSubstr("\"error\"")));
  EXPECT_THAT(fallback_->said, ElementsAre("Hi "));
  ASSERT_EQ(sink_.ends.size(), 2u);
  EXPECT_EQ(sink_.ends[0].state, cost::State::Estimated);
  EXPECT_EQ(sink_.ends[1].state, cost::State::Settled);
  EXPECT_EQ(sink_.ends[1].cost_nano_usd, 33'000);
}

// The first has used a part of what a second reservation would need.
TEST_F(GovernedCallTest, AContinuationThatTheBudgetRefusesEndsInAnError) {
  config_.on_midstream_failure = Midstream::Continue;
  publish();
  ASSERT_TRUE(budgets_.set_limit(cost::Scope::Project, "shop", {cost::Period::Total, 210'000}));
  first_->steps = {fails(FailureKind::Reset, {kPiece})};
  const Answer answer = call("question", kStream);
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, HasSubstr("budget_exceeded"));
  EXPECT_THAT(answer.body, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(fallback_->seen, IsEmpty());
  EXPECT_EQ(accountant_.stats().open, 0);
}

TEST_F(GovernedCallTest, ABrokenStreamThatNobodyCanContinueEndsInAnError) {
  config_.on_midstream_failure = Midstream::Continue;
  config_.retries.max = 0;
  publish();
  first_->steps = {fails(FailureKind::Reset, {kPiece})};
  fallback_->steps = {fails(FailureKind::ServerError)};
  const Answer answer = call("question", kStream);
  EXPECT_THAT(answer.body, HasSubstr("Hi "));
  EXPECT_THAT(answer.body, HasSubstr("\"error\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("[DONE]")));
  EXPECT_EQ(accountant_.stats().open, 0);
}

// Before the first text nobody has seen anything: another target takes over unseen.
TEST_F(GovernedCallTest, AStreamThatOnlyNamedItsRoleIsTriedElsewhere) {
  config_.retries.max = 0;
  publish();
  first_->steps = {fails(
      FailureKind::Reset,
      {R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"})};
  fallback_->steps = {{{}, {kPiece, kEnd, kUsage, "[DONE]"}}};
  const Answer answer = call("question", kStream);
  EXPECT_EQ(answer.header("x-tandem-target"), "spare/m");
  EXPECT_THAT(answer.body, HasSubstr("[DONE]"));
  EXPECT_THAT(log_.all(),
              ElementsAre("reserve", "target", "release", "reserve", "target", "settle"));
}

TEST_F(GovernedCallTest, EveryCallHasATrace) {
  first_->steps = {fails(FailureKind::ServerError), says("usage")};
  const Answer answer = call("question");
  recorder_.flush();
  const auto list = traces_->list_now({trace::Scope::of(ProjectId("shop"))});
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->traces.size(), 1u);
  EXPECT_EQ(list->traces[0].trace_id.hex(), answer.header("x-tandem-trace-id"));
}

// A call that no client waits for, as batches make them.
class LocalCallTest : public PathTest {
 protected:
  net::Response ask(CallOrigin origin) {
    net::Route route;
    route.method = net::Method::Post;
    route.pattern = "/v1/played";
    route.surface = tandem::Surface::OpenAi;
    net::Response answer;
    threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
      net::LocalExchange exchange(thread, route, "question");
      exchange.add_header("x-model", "chat");
      exchange.context().principal.key = KeyId("key");
      exchange.context().principal.project = ProjectId("shop");
      GovernedCall call(services_, exchange, surface_, origin);
      exchange.end(co_await call.run());
      attempts_ = call.attempts_made();
      answer = exchange.answer();
    });
    return answer;
  }
  int attempts_ = 0;
};

TEST_F(LocalCallTest, TakesTheSamePath) {
  first_->steps = {says("hello, with usage")};
  const net::Response answer = ask({.batch = true});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello, with usage");
  EXPECT_THAT(answer.header_block, HasSubstr("x-tandem-cost-nano-usd: 33000"));
  EXPECT_THAT(log_.all(), ElementsAre("reserve", "target", "settle"));
  EXPECT_EQ(sink_.ends.at(0).cost_nano_usd, 33'000);
  EXPECT_EQ(attempts_, 1);
}

TEST_F(LocalCallTest, CountsAttemptsOnFromThoseBefore) {
  first_->steps = {fails(FailureKind::ServerError), says("usage")};
  EXPECT_EQ(ask({.batch = true, .attempts_before = 3}).status, 200);
  ASSERT_EQ(sink_.ends.size(), 2u);
  EXPECT_EQ(sink_.ends[0].call.attempt, 4);
  EXPECT_EQ(sink_.ends[1].call.attempt, 5);
  EXPECT_EQ(attempts_, 5);
}

TEST_F(LocalCallTest, WhatWasPaidIsAskedForAgainForNothing) {
  first_->steps = {says("usage")};
  const net::Response answer = ask({.batch = true, .attempts_before = 1, .already_paid = true});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "usage");
  EXPECT_EQ(sink_.reserved.at(0), cost::Usage());
  ASSERT_EQ(sink_.ends.size(), 1u);
  EXPECT_EQ(sink_.ends[0].call.attempt, 2);
  EXPECT_EQ(sink_.ends[0].state, cost::State::Released);
  EXPECT_EQ(sink_.ends[0].reason, cost::Reason::AlreadyPaid);
  EXPECT_EQ(sink_.ends[0].cost_nano_usd, 0);
}

}  // namespace
}  // namespace tandem::gateway
