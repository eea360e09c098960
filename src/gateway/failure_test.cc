// What providers answer, by their own documentation, and what it amounts to.
#include "gateway/failure.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tandem::gateway {
namespace {

TEST(Failure, StatusesOfProviders) {
  EXPECT_EQ(classify(200, "", ""), FailureKind::None);
  EXPECT_EQ(classify(429, "rate_limit_exceeded", ""), FailureKind::RateLimited);
  EXPECT_EQ(classify(429, "insufficient_quota", ""), FailureKind::RateLimited);
  for (int status : {500, 502, 503, 504, 520, 529}) {
    EXPECT_EQ(classify(status, "", ""), FailureKind::ServerError) << status;
  }
  EXPECT_EQ(classify(408, "", ""), FailureKind::Timeout);
  for (int status : {400, 401, 403, 404, 409, 413, 422}) {
    EXPECT_EQ(classify(status, "some_code", "Some sentence."), FailureKind::Rejected) << status;
  }
  EXPECT_EQ(classify(400, "content_filter", ""), FailureKind::Rejected);
}

// OpenAI, llama-server, Anthropic, and servers that only say it in a sentence.
TEST(Failure, AnInputThatIsTooLongMayFitAnotherTarget) {
  EXPECT_EQ(classify(400, "context_length_exceeded", ""), FailureKind::ContextLength);
  EXPECT_EQ(classify(400, "exceed_context_size_error", ""), FailureKind::ContextLength);
  EXPECT_EQ(classify(400, "",
                     "This model's maximum context length is 8192 tokens. However, you requested "
                     "9000 tokens."),
            FailureKind::ContextLength);
  EXPECT_EQ(classify(400, "", "the request exceeds the available context size"),
            FailureKind::ContextLength);
  EXPECT_EQ(classify(400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000"),
            FailureKind::ContextLength);
  // A server error stays one, whatever it says.
  EXPECT_EQ(classify(500, "context_length_exceeded", ""), FailureKind::ServerError);
}

TEST(Failure, ErrorsOnTheWay) {
  const auto of = [](Code code) { return classify(Error(code, "x")); };
  EXPECT_EQ(of(Code::UpstreamError), FailureKind::Reset);
  EXPECT_EQ(of(Code::DeadlineExceeded), FailureKind::Timeout);
  EXPECT_EQ(of(Code::Cancelled), FailureKind::Cancelled);
  EXPECT_EQ(of(Code::PayloadTooLarge), FailureKind::TooLarge);
  EXPECT_EQ(of(Code::Unavailable), FailureKind::Unavailable);
  EXPECT_EQ(of(Code::Overloaded), FailureKind::Unavailable);
  EXPECT_EQ(of(Code::GuardBlocked), FailureKind::Blocked);
  EXPECT_EQ(of(Code::InvalidArgument), FailureKind::Rejected);
}

TEST(Failure, EveryKindHasItsName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(FailureKind::Blocked); ++kind) {
    EXPECT_TRUE(names.insert(failure_name(static_cast<FailureKind>(kind))).second) << kind;
  }
}

}  // namespace
}  // namespace tandem::gateway
