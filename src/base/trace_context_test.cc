// W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/#traceparent-header
#include "base/trace_context.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace tandem {
namespace {

constexpr std::string_view kExample = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// The example of section 3.2.
TEST(TraceContext, ContinuesTheExampleOfTheSpecification) {
  const auto context = TraceContext::from_traceparent(kExample);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id.hex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->parent_span_id.hex(), "b7ad6b7169203331");
  EXPECT_TRUE(context->span_id.valid());
  EXPECT_NE(context->span_id, context->parent_span_id);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->traceparent(),
            "00-0af7651916cd43dd8448eb211c80319c-" + context->span_id.hex() + "-01");
}

TEST(TraceContext, OnlyTheLowestFlagSaysSampled) {
  std::string text(kExample);
  text.replace(53, 2, "00");
  EXPECT_FALSE(TraceContext::from_traceparent(text)->sampled);
  EXPECT_EQ(TraceContext::from_traceparent(text)->traceparent().substr(53), "00");
  text.replace(53, 2, "02");
  EXPECT_FALSE(TraceContext::from_traceparent(text)->sampled);
  text.replace(53, 2, "ff");
  EXPECT_TRUE(TraceContext::from_traceparent(text)->sampled);
}

TEST(TraceContext, RefusesWhatTheSpecificationCallsInvalid) {
  const std::string_view bad[] = {
      "",
      "00",
      // Version ff is forbidden.
      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      // Ids of zeros are invalid.
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      // Upper case is not allowed.
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
      // Not hexadecimal; wrong separators; too short; version 00 with more behind it.
      "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
      "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
      "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
  for (std::string_view text : bad) EXPECT_FALSE(TraceContext::from_traceparent(text)) << text;
}

// Section 3.2.1: a higher version is read by its first four fields.
TEST(TraceContext, ReadsHigherVersions) {
  std::string text(kExample);
  text.replace(0, 2, "cc");
  EXPECT_TRUE(TraceContext::from_traceparent(text));
  EXPECT_TRUE(TraceContext::from_traceparent(text + "-what-the-future-will-be-like"));
  EXPECT_FALSE(TraceContext::from_traceparent(text + ".what-the-future-will-be-like"));
}

TEST(TraceContext, AChildStaysInTheTrace) {
  const TraceContext root = TraceContext::root();
  EXPECT_TRUE(root.trace_id.valid());
  EXPECT_FALSE(root.parent_span_id.valid());
  const TraceContext child = root.child();
  EXPECT_EQ(child.trace_id, root.trace_id);
  EXPECT_EQ(child.parent_span_id, root.span_id);
  EXPECT_NE(child.span_id, root.span_id);
}

TEST(TraceContext, IdsAreReadAndWritten) {
  EXPECT_EQ(TraceId::parse("0af7651916cd43dd8448eb211c80319c")->hex(),
            "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(TraceId::parse("0af7651916cd43dd8448eb211c80319"));
  EXPECT_FALSE(SpanId::parse("0000000000000000"));
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.insert(TraceId::random().hex()).second);
}

}  // namespace
}  // namespace tandem
