// The filter against a plain evaluation of the same terms over the same spans: SQL, block filters,
// orders and pages must answer what a loop over everything answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "store/testing/temp_folder.h"
#include "trace/gram_filter.h"
#include "trace/sample_spans.h"
#include "trace/search_text.h"
#include "trace/store.h"

namespace tandem::trace {
namespace {

using testing::child_span;
using testing::root_span;
using testing::text_message;

struct Expected {
  std::string name;
  std::vector<Span> spans;
  int64_t start_us = 0, end_us = 0, cost = 0, input = 0, output = 0, errors = 0;
};

template <class T>
bool compare(FilterOp op, const T& a, const T& b) {
  switch (op) {
    case FilterOp::Equal:
      return a == b;
    case FilterOp::NotEqual:
      return a != b;
    case FilterOp::Less:
      return a < b;
    case FilterOp::LessEqual:
      return a <= b;
    case FilterOp::Greater:
      return a > b;
    case FilterOp::GreaterEqual:
      return a >= b;
    case FilterOp::Contains:
      return false;
  }
  return false;
}

bool in_text(const Expected& trace, const std::string& needle) {
  bool found = false;
  for (const Span& span : trace.spans) {
    each_search_text(span, [&](std::string_view text) {
      found |= fold(text).find(fold(needle)) != std::string::npos;
    });
  }
  return found;
}

bool holds(const Expected& trace, const FilterTerm& term) {
  const Span& root = trace.spans[0];
  const auto number = [&term](double value) { return compare(term.op, value, term.number); };
  const auto text = [&term](const std::string& value) {
    if (term.op == FilterOp::Contains)
      return fold(value).find(fold(term.text)) != std::string::npos;
    return compare(term.op, value, term.text);
  };
  switch (term.field) {
    case FilterField::TraceId:
      return text(root.trace_id.hex());
    case FilterField::Name:
      return text(root.name);
    case FilterField::Status:
      return text(std::string(name_of(root.status)));
    case FilterField::SessionId:
      return text(root.session_id);
    case FilterField::UserId:
      return text(root.user_id);
    case FilterField::Model: {
      const bool any = std::any_of(trace.spans.begin(), trace.spans.end(),
                                   [&](const Span& span) { return span.model() == term.text; });
      return any == (term.op == FilterOp::Equal);
    }
    case FilterField::Tag: {
      const auto& tags = root.facts.tags;
      const bool any = std::find(tags.begin(), tags.end(), term.text) != tags.end();
      return any == (term.op == FilterOp::Equal);
    }
    case FilterField::Text:
      return in_text(trace, term.text);
    case FilterField::DurationMs:
      return number(static_cast<double>(trace.end_us - trace.start_us) / 1000);
    case FilterField::CostNanoUsd:
      return number(static_cast<double>(trace.cost));
    case FilterField::InputTokens:
      return number(static_cast<double>(trace.input));
    case FilterField::OutputTokens:
      return number(static_cast<double>(trace.output));
    case FilterField::ErrorCount:
      return number(static_cast<double>(trace.errors));
    case FilterField::StartUs:
      return number(static_cast<double>(trace.start_us));
  }
  return false;
}

const std::vector<std::string> kWords{"refund", "order", "invoice", "MÜNCHEN", "8842", "a", "of"};

template <class T>
const T& pick(std::mt19937& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

int64_t number_below(std::mt19937& random, uint32_t limit) {
  return static_cast<int64_t>(random() % limit);
}

Expected random_trace(std::mt19937& random, uint32_t number) {
  Expected trace;
  Span root = root_span(number);
  root.name = pick(random, std::vector<std::string>{"chat", "Chat more", "ticket"});
  root.start_us = 1'700'000'000'000'000 + number_below(random, 50) * 1000;
  root.duration_us = number_below(random, 8) * 500;
  root.status = static_cast<Status>(random() % 3);
  if (random() % 2 == 0) root.session_id = pick(random, std::vector<std::string>{"s1", "s2"});
  if (random() % 2 == 0) root.user_id = "u" + std::to_string(random() % 3);
  if (random() % 2 == 0) root.facts.tags = {"beta", "t" + std::to_string(random() % 3)};
  trace.spans.push_back(root);
  const uint32_t children = random() % 3;
  for (uint32_t i = 0; i < children; ++i) {
    trace.spans.push_back(child_span(root, number * 10 + i + 10'000));
    trace.spans.back().status = static_cast<Status>(random() % 3);
  }
  trace.start_us = root.start_us;
  trace.end_us = root.start_us + root.duration_us;
  for (Span& span : trace.spans) {
    span.request_model = pick(random, std::vector<std::string>{"", "gpt-4o", "bge"});
    span.input_messages = {text_message("user", pick(random, kWords) + " " + pick(random, kWords))};
    span.kind = SpanKind::Tool;  // usage of tools counts where nothing lies below
    if (&span != &trace.spans[0] || trace.spans.size() == 1) {
      span.usage = TokenUsage{number_below(random, 4), 0, 0, number_below(random, 4), 0};
      span.cost_nano_usd = number_below(random, 5);
      trace.input += span.usage->input_tokens;
      trace.output += span.usage->output_tokens;
      trace.cost += *span.cost_nano_usd;
    }
    trace.errors += span.status == Status::Error ? 1 : 0;
    trace.end_us = std::max(trace.end_us, span.start_us + span.duration_us);
  }
  return trace;
}

std::string random_term(std::mt19937& random) {
  const std::vector<std::string> equality{" = ", " != "};
  const std::vector<std::string> numeric{" = ", " != ", " < ", " <= ", " > ", " >= "};
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  switch (random() % 14) {
    case 0:
      return "trace_id" + pick(random, equality) + quoted(testing::trace_id(random() % 40).hex());
    case 1:
      return "name" + pick(random, equality) + quoted("chat");
    case 2:
      return "name contains " + quoted(pick(random, std::vector<std::string>{"CHAT", "ick"}));
    case 3:
      return "model" + pick(random, equality) + quoted("gpt-4o");
    case 4:
      return "status" + pick(random, equality) + quoted("error");
    case 5:
      return "session_id" + pick(random, equality) +
             quoted(pick(random, std::vector<std::string>{"s1", ""}));
    case 6:
      return "user_id" + pick(random, equality) + quoted("u1");
    case 7:
      return "tag" + pick(random, equality) + quoted("t1");
    case 8:
      return "duration_ms" + pick(random, numeric) +
             pick(random, std::vector<std::string>{"1.5", "2", "0.051", "3.0"});
    case 9:
      return "cost_nano_usd" + pick(random, numeric) + std::to_string(random() % 6);
    case 10:
      return "input_tokens" + pick(random, numeric) + std::to_string(random() % 6);
    case 11:
      return "error_count" + pick(random, numeric) + std::to_string(random() % 3);
    case 12:
      return "start_us" + pick(random, numeric) +
             std::to_string(1'700'000'000'000'000 + number_below(random, 50) * 1000);
    default:
      return "text contains " + quoted(pick(random, kWords));
  }
}

TEST(FilterQuery, AgreesWithAPlainLoop) {
  const store::testing::TempFolder folder;
  const auto traces = std::move(*TraceStore::open((folder.path() / "traces.db").string()));
  std::mt19937 random(17);
  std::vector<Expected> all;
  std::vector<Span> spans;
  for (uint32_t i = 1; i <= 300; ++i) {
    all.push_back(random_trace(random, i));
    spans.insert(spans.end(), all.back().spans.begin(), all.back().spans.end());
  }
  std::shuffle(spans.begin(), spans.end(), random);
  ASSERT_TRUE(traces->write_now(spans));
  for (int round = 0; round < 250; ++round) {
    std::string text = random_term(random);
    for (unsigned more = random() % 3; more > 0; --more) text += " and " + random_term(random);
    const auto filter = parse_filter(text);
    ASSERT_TRUE(filter) << text << " " << filter.error().message;
    std::map<std::string, int64_t> expected;
    int64_t expected_spans = 0;
    for (const Expected& trace : all) {
      const bool every = std::all_of(filter->begin(), filter->end(),
                                     [&trace](const auto& term) { return holds(trace, term); });
      if (!every) continue;
      expected.emplace(trace.spans[0].trace_id.hex(), trace.start_us);
      expected_spans += static_cast<int64_t>(trace.spans.size());
    }
    ListQuery query{Scope::of(ProjectId("default"))};
    query.filter = *filter;
    query.filter_text = text;
    query.limit = 37;
    query.few_candidates = random() % 2 == 0 ? limits::kFewCandidates : 0;
    query.count = round % 2 == 0 ? Count::Yes : Count::No;
    std::map<std::string, int64_t> found;
    int64_t last_us = INT64_MAX;
    do {
      const auto page = traces->list_now(query);
      ASSERT_TRUE(page) << text << " " << page.error().message;
      for (const TraceSummary& trace : page->traces) {
        EXPECT_TRUE(found.emplace(trace.trace_id.hex(), trace.start_us).second) << text;
        EXPECT_LE(trace.start_us, last_us) << text;
        last_us = trace.start_us;
      }
      if (query.count == Count::Yes) {
        EXPECT_EQ(*page->total_traces, static_cast<int64_t>(expected.size())) << text;
        EXPECT_EQ(*page->total_spans, expected_spans) << text;
      }
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    EXPECT_EQ(found, expected) << text;
  }
}

}  // namespace
}  // namespace tandem::trace
