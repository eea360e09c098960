#include "trace/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "store/testing/temp_folder.h"
#include "trace/gram_filter.h"
#include "trace/sample_spans.h"
#include "trace/search_text.h"

namespace tandem::trace {
namespace {

namespace bj = boost::json;
using store::testing::TempFolder;
using testing::child_span;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::root_span;
using testing::span_id;
using testing::text_message;
using testing::trace_id;

class TraceStoreTest : public ::testing::Test {
 protected:
  void open() { traces_ = std::move(*TraceStore::open((folder_.path() / "traces.db").string())); }
  void SetUp() override { open(); }

  void write(std::vector<Span> spans) {
    const auto outcome = traces_->write_now(std::move(spans));
    ASSERT_TRUE(outcome) << outcome.error().describe();
  }

  static ListQuery query_of(std::string_view filter, std::string_view project = "default") {
    ListQuery query{Scope::of(ProjectId(project))};
    query.filter = *parse_filter(filter);
    query.filter_text = filter;
    return query;
  }
  TraceList list(const ListQuery& query) {
    auto page = traces_->list_now(query);
    EXPECT_TRUE(page) << (page ? "" : page.error().describe());
    return page ? *std::move(page) : TraceList{};
  }
  std::vector<std::string> names(std::string_view filter, std::string_view project = "default") {
    std::vector<std::string> found;
    for (const TraceSummary& trace : list(query_of(filter, project)).traces) {
      found.push_back(trace.name);
    }
    return found;
  }

  std::optional<TraceDetail> find(const TraceId& id, std::string_view project = "default",
                                  int64_t limit = 0, std::string cursor = {}) {
    DetailQuery query{Scope::of(ProjectId(project))};
    query.trace_id = id;
    query.limit = limit;
    query.cursor = std::move(cursor);
    auto found = traces_->find_now(query);
    EXPECT_TRUE(found) << (found ? "" : found.error().describe());
    return found ? *std::move(found) : std::nullopt;
  }
  static bj::array spans_of(const TraceDetail& detail) {
    return bj::parse("[" + detail.spans + "]").as_array();
  }
  static std::vector<std::string> span_names(const TraceDetail& detail) {
    std::vector<std::string> found;
    for (const bj::value& span : spans_of(detail)) {
      found.emplace_back(span.at("name").as_string().c_str());
    }
    return found;
  }

  TempFolder folder_;
  std::unique_ptr<TraceStore> traces_;
};

TEST_F(TraceStoreTest, ATraceIsSummedFromItsSpans) {
  Span root = root_span(1);
  root.name = "ticket";
  root.kind = SpanKind::Agent;
  root.session_id = "s1";
  root.user_id = "u1";
  root.facts.tags = {"beta"};
  root.facts.metadata.text = R"({"tier":"gold"})";
  root.facts.environment = "production";
  root.usage = TokenUsage{30, 4, 0, 12, 2};  // repeats the calls below
  Span first = child_span(root, 2);
  first.usage = TokenUsage{10, 4, 0, 5, 2};
  first.cost_nano_usd = 100;
  first.request_model = "gpt-4o-mini";
  Span second = child_span(root, 3);
  second.usage = TokenUsage{20, 0, 0, 7, 0};
  second.cost_nano_usd = 200;
  second.request_model = "asked";
  second.response_model = "answered";
  second.status = Status::Error;
  write({root, first, second});

  const TraceList page = list(query_of(""));
  ASSERT_EQ(page.traces.size(), 1u);
  const TraceSummary& trace = page.traces[0];
  EXPECT_EQ(trace.trace_id, root.trace_id);
  EXPECT_EQ(trace.project.view(), "default");
  EXPECT_EQ(trace.name, "ticket");
  EXPECT_EQ(trace.status, Status::Ok);
  EXPECT_TRUE(trace.complete);
  EXPECT_EQ(trace.span_count, 3);
  EXPECT_EQ(trace.error_count, 1);
  EXPECT_EQ(trace.input_tokens, 30);
  EXPECT_EQ(trace.cached_input_tokens, 4);
  EXPECT_EQ(trace.output_tokens, 12);
  EXPECT_EQ(trace.reasoning_tokens, 2);
  EXPECT_EQ(trace.cost_nano_usd, 300);
  EXPECT_THAT(trace.models, ElementsAre("gpt-4o-mini", "answered"));
  EXPECT_THAT(trace.tags, ElementsAre("beta"));
  EXPECT_EQ(trace.session_id, "s1");
  EXPECT_EQ(trace.user_id, "u1");
  EXPECT_EQ(trace.metadata.text, R"({"tier":"gold"})");
  EXPECT_EQ(trace.environment, "production");
  EXPECT_TRUE(page.next_cursor.empty());

  const auto detail = find(root.trace_id);
  ASSERT_TRUE(detail);
  EXPECT_THAT(span_names(*detail), ElementsAre("ticket", "call 2", "call 3"));
  const bj::array spans = spans_of(*detail);
  EXPECT_FALSE(spans[0].at("usage").at("counted").as_bool());
  EXPECT_TRUE(spans[1].at("usage").at("counted").as_bool());
  EXPECT_EQ(detail->summary.cost_nano_usd, 300);
}

TEST_F(TraceStoreTest, LateAndOutOfOrderSpansAssemble) {
  Span root = root_span(1);
  root.name = "the root";
  Span child = child_span(root, 2);
  Span grandchild = child_span(child, 3);
  grandchild.start_us = root.start_us - 50;  // a clock that is behind
  write({grandchild});
  EXPECT_FALSE(list(query_of("")).traces[0].complete);
  EXPECT_EQ(list(query_of("")).traces[0].name, "call 3");
  write({child});
  traces_.reset();  // what was in memory is gone
  open();
  write({root});
  const TraceSummary trace = list(query_of("")).traces.at(0);
  EXPECT_TRUE(trace.complete);
  EXPECT_EQ(trace.name, "the root");
  EXPECT_EQ(trace.span_count, 3);
  EXPECT_EQ(trace.start_us, grandchild.start_us);
  EXPECT_EQ(trace.duration_us, 2'050);
  EXPECT_THAT(span_names(*find(root.trace_id)), ElementsAre("the root", "call 3", "call 2"));
}

TEST_F(TraceStoreTest, ASpanThatComesAgainReplacesItself) {
  Span span = root_span(1);
  span.usage = TokenUsage{10, 0, 0, 5, 0};
  span.input_messages = {text_message("user", "alpha")};
  write({span});
  span.usage = TokenUsage{11, 0, 0, 6, 0};
  span.input_messages = {text_message("user", "omega")};
  const auto outcome = traces_->write_now(std::vector<Span>{span, span});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->added, 0);
  EXPECT_EQ(outcome->replaced, 2);
  const TraceSummary trace = list(query_of("")).traces.at(0);
  EXPECT_EQ(trace.span_count, 1);
  EXPECT_EQ(trace.input_tokens, 11);
  EXPECT_THAT(names("text contains \"omega\""), ElementsAre("call 1"));
  EXPECT_THAT(names("text contains \"alpha\""), IsEmpty());
}

TEST_F(TraceStoreTest, ASpanWithoutIdsIsRefusedWhole) {
  Span broken = root_span(2);
  broken.span_id = SpanId{};
  const auto outcome = traces_->write_now(std::vector<Span>{root_span(1), broken});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::InvalidArgument);
  EXPECT_THAT(names(""), IsEmpty());
}

TEST_F(TraceStoreTest, ProjectsNeverSeeEachOther) {
  Span ours = root_span(1, "ours");
  ours.name = "our name";
  ours.session_id = "shared-session";
  ours.request_model = "our-model";
  ours.facts.tags = {"our-tag"};
  ours.input_messages = {text_message("user", "our secret words")};
  Span theirs = root_span(1, "theirs");  // the same trace id, the same span id
  theirs.name = "their name";
  theirs.input_messages = {text_message("user", "their words")};
  write({ours});
  write({theirs});

  EXPECT_THAT(names("", "ours"), ElementsAre("our name"));
  EXPECT_THAT(names("", "theirs"), ElementsAre("their name"));
  EXPECT_THAT(names("", "nobody"), IsEmpty());
  EXPECT_THAT(names("text contains \"secret\"", "ours"), ElementsAre("our name"));
  for (const char* filter :
       {"text contains \"secret\"", "text contains \"our\" and name = \"our name\"",
        "name = \"our name\"", "session_id = \"shared-session\"", "model = \"our-model\"",
        "tag = \"our-tag\""}) {
    EXPECT_THAT(names(filter, "theirs"), IsEmpty()) << filter;
  }
  EXPECT_THAT(span_names(*find(ours.trace_id, "ours")), ElementsAre("our name"));
  EXPECT_THAT(span_names(*find(ours.trace_id, "theirs")), ElementsAre("their name"));
  EXPECT_FALSE(find(ours.trace_id, "nobody"));
  ListQuery counted = query_of("", "theirs");
  counted.count = Count::Yes;
  EXPECT_EQ(list(counted).total_traces, 1);

  // A cursor of one project is refused in another.
  write({root_span(2, "ours"), root_span(3, "ours")});
  ListQuery paged = query_of("", "ours");
  paged.limit = 1;
  ListQuery foreign = query_of("", "theirs");
  foreign.cursor = list(paged).next_cursor;
  EXPECT_EQ(traces_->list_now(foreign).error().code, Code::InvalidArgument);
}

TEST_F(TraceStoreTest, TheAdminsScopeSeesEveryProjectInOneOrder) {
  write({root_span(1, "a"), root_span(3, "a")});
  write({root_span(2, "b"), root_span(4, "c")});
  ListQuery query{Scope::every(ProjectId("a"))};
  query.limit = 3;
  query.count = Count::Yes;
  TraceList page = list(query);
  EXPECT_EQ(page.total_traces, 4);
  ASSERT_EQ(page.traces.size(), 3u);
  EXPECT_EQ(page.traces[0].name, "call 4");
  EXPECT_EQ(page.traces[0].project.view(), "c");
  EXPECT_EQ(page.traces[1].name, "call 3");
  EXPECT_EQ(page.traces[2].name, "call 2");
  query.cursor = page.next_cursor;
  page = list(query);
  ASSERT_EQ(page.traces.size(), 1u);
  EXPECT_EQ(page.traces[0].name, "call 1");
  EXPECT_TRUE(page.next_cursor.empty());
  DetailQuery detail{Scope::every(ProjectId("a"))};
  detail.trace_id = trace_id(4);
  EXPECT_EQ(traces_->find_now(detail)->value().summary.project.view(), "c");
}

TEST_F(TraceStoreTest, PagesFollowTheOrderWithoutGapsOrRepeats) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 25; ++i) {
    Span span = root_span(i);
    span.start_us = 1'000'000 + i / 5;  // ties
    span.cost_nano_usd = i * 7 % 10;
    spans.push_back(span);
  }
  write(spans);
  for (const char* order : {"", "start_us", "-cost_nano_usd", "cost_nano_usd asc"}) {
    ListQuery query = query_of("");
    query.order = *parse_order(order);
    query.limit = 4;
    query.count = Count::Yes;
    std::vector<std::string> seen;
    std::vector<int64_t> values;
    while (true) {
      const TraceList page = list(query);
      EXPECT_EQ(page.total_traces, 25);
      EXPECT_EQ(page.total_spans, 25);
      for (const TraceSummary& trace : page.traces) {
        seen.push_back(trace.name);
        const bool by_cost = query.order.field == OrderField::CostNanoUsd;
        values.push_back(by_cost ? trace.cost_nano_usd : trace.start_us);
      }
      if (page.next_cursor.empty()) break;
      query.cursor = page.next_cursor;
    }
    EXPECT_EQ(seen.size(), 25u) << order;
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25u) << order;
    if (query.order.direction == Direction::Descending) std::reverse(values.begin(), values.end());
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << order;
  }
}

TEST_F(TraceStoreTest, CursorsAreCheckedNeverTrusted) {
  write({root_span(1), root_span(2), root_span(3)});
  ListQuery query = query_of("");
  query.limit = 1;
  const std::string cursor = list(query).next_cursor;
  for (size_t i = 0; i < cursor.size(); ++i) {
    query.cursor = cursor;
    query.cursor[i] = query.cursor[i] == 'A' ? 'B' : 'A';
    const auto page = traces_->list_now(query);
    ASSERT_FALSE(page) << i;
    EXPECT_EQ(page.error().code, Code::InvalidArgument);
    EXPECT_EQ(page.error().param, "cursor");
  }
  for (const char* odd : {"x", "////", "AAAA", "\xff\xfe", "{}"}) {
    query.cursor = odd;
    EXPECT_FALSE(traces_->list_now(query)) << odd;
  }
  ListQuery other = query_of("error_count = 0");
  other.cursor = cursor;
  EXPECT_FALSE(traces_->list_now(other));
}

TEST_F(TraceStoreTest, LimitsAreChecked) {
  for (const int64_t limit : {int64_t{0}, int64_t{-1}, int64_t{1001}}) {
    ListQuery query = query_of("");
    query.limit = limit;
    EXPECT_EQ(traces_->list_now(query).error().param, "limit");
  }
  EXPECT_EQ(parse_order("sideways").error().param, "order");
  EXPECT_EQ(parse_order("start_us down").error().param, "order");
}

TEST_F(TraceStoreTest, DetailIsPagedWithTheRootFirst) {
  Span root = root_span(1);
  std::vector<Span> spans;
  for (uint32_t i = 2; i <= 10; ++i) spans.push_back(child_span(root, i));
  spans[4].start_us = root.start_us - 10;
  spans.push_back(root);
  write(spans);
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = find(root.trace_id, "default", 4, cursor);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->summary.span_count, 10);
    for (std::string& name : span_names(*page)) seen.push_back(std::move(name));
    cursor = page->next_cursor;
  } while (!cursor.empty());
  EXPECT_THAT(seen, ElementsAre("call 1", "call 6", "call 2", "call 3", "call 4", "call 5",
                                "call 7", "call 8", "call 9", "call 10"));
  DetailQuery bad{Scope::of(ProjectId("default"))};
  bad.trace_id = root.trace_id;
  bad.cursor = "broken";
  EXPECT_EQ(traces_->find_now(bad).error().param, "cursor");
}

TEST_F(TraceStoreTest, TextSearchIsExactAcrossSpansAndSpellings) {
  Span root = root_span(1);
  root.input_messages = {text_message("user", "Where is my REFUND for order 8842-1193?")};
  root.output.text = R"({"answer":"It was \"sent\" on Monday"})";
  Span tool = child_span(root, 2);
  tool.tool = ToolUse{"find", "c", {R"({"city":"M\u00fcnchen"})"}, {"null"}};
  Span other = root_span(3);
  other.name = "refund in the name only";
  other.documents = {{"d", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", std::nullopt, {}}};
  write({root, tool, other});
  for (const char* found : {"refund", "efun", "8842-1193", "where IS my", "\\\"sent\\\" on",
                            "München", "chen", "is", "8842\" and text contains \"München"}) {
    EXPECT_THAT(names("text contains \"" + std::string(found) + "\""), ElementsAre("call 1"))
        << found;
  }
  EXPECT_THAT(names("text contains \"本語\""), ElementsAre("refund in the name only"));
  for (const char* missing : {"refunds", "order refund", "8843", "Berlin", "zz"}) {
    EXPECT_THAT(names("text contains \"" + std::string(missing) + "\""), IsEmpty()) << missing;
  }
  EXPECT_THAT(names("name contains \"REFUND in\""), ElementsAre("refund in the name only"));
}

TEST_F(TraceStoreTest, TextSearchPagesAndCountsLikeTheList) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 700; ++i) {  // more than two blocks
    Span span = root_span(i);
    span.input_messages = {text_message("user", i % 10 == 0 ? "about invoices" : "about orders")};
    spans.push_back(span);
  }
  write(spans);
  for (const char* filter : {"text contains \"invoices\"",
                             "text contains \"s\" and text contains "
                             "\"inv\""}) {
    ListQuery query = query_of(filter);
    query.limit = 30;
    query.count = Count::Yes;
    TraceList page = list(query);
    EXPECT_EQ(page.total_traces, 70) << filter;
    EXPECT_EQ(page.traces.size(), 30u);
    EXPECT_EQ(page.traces[0].name, "call 700");
    query.cursor = page.next_cursor;
    query.count = Count::No;
    page = list(query);
    EXPECT_EQ(page.traces.at(0).name, "call 400");
    query.cursor = page.next_cursor;
    page = list(query);
    EXPECT_EQ(page.traces.size(), 10u);
    EXPECT_TRUE(page.next_cursor.empty());
  }
}

TEST_F(TraceStoreTest, TextColumnsSurviveOddBytes) {
  Span span = root_span(1);
  span.name = std::string("a\0b\xff", 4);
  span.session_id = "line\nbreak";
  span.request_model = "two\nlines";
  write({span});
  EXPECT_THAT(names(""), ElementsAre("a\xEF\xBF\xBD"
                                     "b\xEF\xBF\xBD"));
  EXPECT_THAT(names("model = \"two lines\""), ::testing::SizeIs(1));
  EXPECT_THAT(names("model = \"two\""), IsEmpty());
}

TEST_F(TraceStoreTest, RetentionDeletesOldTracesAndTheirText) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 20; ++i) {
    spans.push_back(root_span(i));
    spans.back().input_messages = {text_message("user", "findable words")};
  }
  write(spans);
  Span foreign = root_span(1, "other");
  write({foreign});
  const auto deleted =
      traces_->delete_before_now(Scope::of(ProjectId("default")), spans[15].start_us);
  ASSERT_TRUE(deleted);
  EXPECT_EQ(*deleted, 15);
  EXPECT_EQ(names("").size(), 5u);
  EXPECT_EQ(names("text contains \"findable\"").size(), 5u);
  EXPECT_FALSE(find(trace_id(3)));
  EXPECT_TRUE(find(trace_id(18)));
  EXPECT_EQ(names("", "other").size(), 1u);

  EXPECT_EQ(*traces_->delete_before_now(Scope::of(ProjectId("default")), INT64_MAX), 5);
  // A deleted trace may come back, and new spans are found again.
  write({spans[2]});
  EXPECT_THAT(names("text contains \"findable\""), ElementsAre("call 3"));
  EXPECT_THAT(span_names(*find(trace_id(3))), ElementsAre("call 3"));
}

TEST_F(TraceStoreTest, EverythingIsThereAfterARestart) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 300; ++i) {
    spans.push_back(root_span(i));
    spans.back().input_messages = {text_message("user", "words of " + std::to_string(i))};
  }
  write(spans);
  traces_.reset();
  open();
  EXPECT_TRUE(find(trace_id(1)));
  EXPECT_THAT(names("text contains \"of 123\""), ElementsAre("call 123"));
  write({child_span(spans[0], 1000), root_span(301)});
  EXPECT_EQ(find(trace_id(1))->summary.span_count, 2);
  ListQuery query = query_of("");
  query.count = Count::Yes;
  EXPECT_EQ(list(query).total_traces, 301);
}

// A text that came before is not added to its block's filter again, but to each block's once.
TEST_F(TraceStoreTest, TextThatEveryCallRepeatsIsFoundInEachOfThem) {
  const std::string prompt = "You answer for the Contoso travel desk. " + std::string(100, 'x') +
                             " Never promise a refund before order 4711 is checked.";
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 600; ++i) {  // more than two blocks
    spans.push_back(root_span(i));
    spans.back().input_messages = {text_message("system", prompt),
                                   text_message("user", prompt + std::to_string(i % 7))};
  }
  write(spans);
  for (const char* filter : {"text contains \"4711\"", "text contains \"contoso travel\""}) {
    ListQuery query = query_of(filter);
    query.count = Count::Yes;
    EXPECT_EQ(list(query).total_traces, 600) << filter;
  }
  ListQuery query = query_of("text contains \"checked.3\"");
  query.count = Count::Yes;
  EXPECT_EQ(list(query).total_traces, 86);
}

// Filters of the first version say nothing about the grams of today.
TEST_F(TraceStoreTest, TextOfAnOlderVersionIsFound) {
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 300; ++i) {  // one closed block, one open
    spans.push_back(root_span(i));
    spans.back().input_messages = {text_message("user", "words of " + std::to_string(1000 + i))};
  }
  write(spans);
  traces_.reset();
  {
    auto db = std::move(*store::open_sqlite((folder_.path() / "traces.db").string()));
    ASSERT_TRUE(db->write_now([](store::Connection& connection) -> Result<int64_t> {
      TRY_VOID(connection.run({"old", "UPDATE text_blocks SET filter = x'73'"}));
      return connection.run(
          {"undo", "DELETE FROM schema_migrations WHERE noun = 'trace' AND number = 2"});
    }));
  }
  open();
  EXPECT_THAT(names("text contains \"1123\""), ElementsAre("call 123"));
  EXPECT_THAT(names("text contains \"1299\""), ElementsAre("call 299"));
  write({root_span(301)});
  EXPECT_THAT(names("text contains \"1001\""), ElementsAre("call 1"));
}

TEST_F(TraceStoreTest, LongTracesKeepTheirTotals) {
  Span root = root_span(1);
  root.kind = SpanKind::Agent;
  for (uint32_t batch = 0; batch < 20; ++batch) {
    std::vector<Span> spans;
    for (uint32_t i = 0; i < 50; ++i) {
      spans.push_back(child_span(root, 2 + batch * 50 + i));
      spans.back().usage = TokenUsage{1, 0, 0, 1, 0};
    }
    write(spans);
  }
  write({root});
  const auto detail = find(root.trace_id);
  EXPECT_EQ(detail->summary.span_count, 1001);
  EXPECT_EQ(detail->summary.input_tokens, 1000);
  EXPECT_EQ(spans_of(*detail).size(), 1001u);
  EXPECT_EQ(spans_of(*detail)[0].at("name"), "call 1");
}

}  // namespace
}  // namespace tandem::trace
