#include "trace/codec.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "trace/render.h"
#include "trace/sample_spans.h"
#include "trace/wire.h"

namespace tandem::trace {
namespace {

using testing::full_span;

std::string rendered(const Span& span) {
  std::string out;
  json::Writer json(out);
  write_span(json, span, Counted::Yes);
  return out;
}

Result<Span> through_bytes(const Span& span) {
  std::string head;
  std::string body;
  encode_head(head_of(span), head);
  encode_body(span, body);
  return decode_span(wire::as_bytes(head), wire::as_bytes(body));
}

TEST(Codec, EveryFieldSurvives) {
  const Span span = full_span();
  const Result<Span> decoded = through_bytes(span);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(rendered(*decoded), rendered(span));
  EXPECT_EQ(decoded->origin, Origin::Client);
  EXPECT_EQ(decoded->content_state, ContentState::Redacted);
  EXPECT_EQ(decoded->operation, "chat");
  EXPECT_EQ(decoded->response_id, "chatcmpl-1");
  EXPECT_EQ(decoded->facts.tags, span.facts.tags);
  EXPECT_EQ(decoded->facts.metadata, span.facts.metadata);
  EXPECT_EQ(decoded->facts.environment, "production");
  EXPECT_EQ(decoded->facts.release, "2.1");
  EXPECT_EQ(head_of(*decoded), head_of(span));
}

TEST(Codec, AnEmptySpanAndOddBytesSurvive) {
  Span span;
  span.name = std::string("nul \0 and \xff", 11);
  span.start_us = INT64_MIN;
  span.duration_us = INT64_MAX;
  span.cost_nano_usd = 0;
  span.usage = TokenUsage{};
  const Result<Span> decoded = through_bytes(span);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->name, span.name);
  EXPECT_EQ(head_of(*decoded), head_of(span));
  EXPECT_TRUE(decoded->is_root());
  EXPECT_EQ(decoded->otel_kind, OtelKind::Internal);
}

TEST(Codec, IsAFractionOfTheJson) {
  Span span = testing::root_span(1);
  span.input_messages = {testing::text_message("user", "Hello")};
  span.usage = TokenUsage{3, 0, 0, 2, 0};
  std::string bytes;
  encode_head(head_of(span), bytes);
  encode_body(span, bytes);
  EXPECT_LT(bytes.size() * 5, rendered(span).size());
}

TEST(Codec, UnknownTagsAreSkipped) {
  std::string head;
  std::string body;
  encode_head(head_of(full_span()), head);
  encode_body(full_span(), body);
  wire::FieldWriter fields(body);
  fields.bytes(99, "from the future");
  fields.number(100, 5);
  const auto decoded = decode_span(wire::as_bytes(head), wire::as_bytes(body));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(rendered(*decoded), rendered(full_span()));
}

TEST(Codec, DamageIsAnErrorNeverACrash) {
  std::string head;
  std::string body;
  encode_head(head_of(full_span()), head);
  encode_body(full_span(), body);
  EXPECT_EQ(decode_span({}, wire::as_bytes(body)).error().code, Code::StorageFailed);
  EXPECT_EQ(decode_span(wire::as_bytes(head), {}).error().code, Code::StorageFailed);
  std::string newer = body;
  newer[0] = 9;
  EXPECT_FALSE(decode_span(wire::as_bytes(head), wire::as_bytes(newer)));
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = body;
    damaged.resize(random() % (body.size() + 1));
    if (!damaged.empty()) damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)decode_span(wire::as_bytes(head), wire::as_bytes(damaged));
    (void)decode_head(wire::as_bytes(damaged));
  }
}

}  // namespace
}  // namespace tandem::trace
