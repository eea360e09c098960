// What tracing costs. `cpu` counts every thread of the process, so per item it is the whole CPU
// time of one span: made by the caller, encoded, stored and indexed for the text search.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "store/testing/temp_folder.h"
#include "trace/codec.h"
#include "trace/recorder.h"
#include "trace/store.h"

namespace tandem::trace {
namespace {

using store::testing::TempFolder;

// English-like text: few words make up most of it.
std::string prose(std::mt19937_64& random, size_t bytes) {
  static const std::vector<std::string> kWords = [] {
    std::mt19937_64 letters(5);
    std::vector<std::string> words(20'000);
    for (std::string& word : words) {
      for (size_t i = 0; i < 2 + letters() % 8; ++i)
        word += static_cast<char>('a' + letters() % 26);
    }
    return words;
  }();
  std::string text;
  while (text.size() < bytes) {
    const double uniform = static_cast<double>(random() % 1'000'000) / 1e6;
    const auto rank =
        static_cast<size_t>(std::pow(uniform, 4) * static_cast<double>(kWords.size()));
    text.append(kWords[rank]).append(" ");
  }
  return text;
}

// Whether trace ids begin with their second of birth, as AWS X-Ray's do (then inserts are local).
bool g_timed_ids = false;

Span governed_call(std::mt19937_64& random, size_t text_bytes) {
  static WallUs clock_us = 1'700'000'000'000'000;
  Span span;
  span.project = ProjectId("default");
  span.trace_id = TraceId::random();
  span.span_id = SpanId::random();
  span.name = "chat support";
  span.kind = SpanKind::Llm;
  span.otel_kind = OtelKind::Client;
  span.status = Status::Ok;
  span.start_us = clock_us += 200;
  if (g_timed_ids) {
    const auto second = static_cast<uint32_t>(clock_us / 1'000'000);
    for (size_t i = 0; i < 4; ++i) span.trace_id.bytes[i] = second >> (24 - 8 * i) & 255;
  }
  span.duration_us = 350'000;
  span.time_to_first_token_us = 120'000;
  span.provider = "openai";
  span.request_model = "gpt-4o-mini";
  span.response_model = "gpt-4o-mini-2024-07-18";
  span.parameters.text = R"({"temperature":0.2,"max_tokens":200})";
  span.input_messages.push_back(
      {"user", {{.type = PartType::Text, .content = prose(random, text_bytes * 3 / 4)}}, ""});
  span.output_messages.push_back(
      {"assistant", {{.type = PartType::Text, .content = prose(random, text_bytes / 4)}}, "stop"});
  span.usage = TokenUsage{120, 0, 0, 40, 0};
  span.cost_nano_usd = 42'000;
  span.cost_source = CostSource::Prices;
  span.attributes.text =
      R"({"tandem.endpoint":"support","tandem.request_id":"req_01J9Z3NDEKTSV4RR"})";
  return span;
}

std::vector<Span> governed_calls(size_t count, size_t text_bytes) {
  std::mt19937_64 random(count);
  std::vector<Span> spans;
  for (size_t i = 0; i < count; ++i) spans.push_back(governed_call(random, text_bytes));
  return spans;
}

std::unique_ptr<TraceStore> open_store(const TempFolder& folder) {
  return std::move(*TraceStore::open((folder.path() / "traces.db").string()));
}

void fill(TraceStore& traces, size_t count, size_t text_bytes) {
  std::mt19937_64 random(1);
  while (count > 0) {
    std::vector<Span> batch;
    for (; count > 0 && batch.size() < 500; --count) {
      batch.push_back(governed_call(random, text_bytes));
    }
    (void)traces.write_now(std::move(batch));
  }
}

// Args: spans in the store before, bytes of text per span, spans per batch, ids that begin with
// time.
void BM_StoreSpan(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  const auto text_bytes = static_cast<size_t>(state.range(1));
  const auto batch_spans = static_cast<size_t>(state.range(2));
  g_timed_ids = state.range(3) != 0;
  fill(*traces, static_cast<size_t>(state.range(0)), text_bytes);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::vector<Span>> batches;
    for (size_t i = 0; i < 20'000 / batch_spans; ++i) {
      batches.push_back(governed_calls(batch_spans, text_bytes));
    }
    state.ResumeTiming();
    for (std::vector<Span>& batch : batches) (void)traces->write_now(std::move(batch));
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
  state.counters["cpu_per_span"] = benchmark::Counter(
      20'000, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_StoreSpan)
    ->Args({0, 200, 200, 0})
    ->Args({0, 1000, 200, 0})
    ->Args({0, 4000, 200, 0})
    ->Args({0, 200, 20, 0})
    ->Args({0, 200, 1000, 0})
    ->Args({500'000, 200, 200, 0})
    ->Args({500'000, 200, 200, 1})
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2);

// The whole way, from record() to the commit.
void BM_RecordAndStore(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  Recorder recorder(*traces);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Span> spans = governed_calls(16'000, static_cast<size_t>(state.range(0)));
    state.ResumeTiming();
    for (Span& span : spans) benchmark::DoNotOptimize(recorder.record(std::move(span)));
    recorder.flush();
  }
  state.SetItemsProcessed(state.iterations() * 16'000);
  state.counters["cpu_per_span"] = benchmark::Counter(
      16'000, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_RecordAndStore)
    ->Arg(200)
    ->Arg(1000)
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(4);

// What the caller pays: one thread, real time.
void BM_Record(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  RecorderOptions options;
  options.batch_wait_ms = 3'600'000;  // the writer stays out of the way
  options.batch_spans = 1 << 20;
  Recorder recorder(*traces, options);
  std::vector<Span> spans = governed_calls(static_cast<size_t>(state.max_iterations), 200);
  size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(recorder.record(std::move(spans[next++])));
}
BENCHMARK(BM_Record)->Iterations(16'000);

void BM_EncodeSpan(benchmark::State& state) {
  const std::vector<Span> spans = governed_calls(1000, static_cast<size_t>(state.range(0)));
  size_t next = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    std::string out;
    encode_head(head_of(spans[next]), out);
    encode_body(spans[next], out);
    bytes += out.size();
    next = (next + 1) % spans.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_EncodeSpan)->Arg(200)->Arg(1000);

// Arg: spans in the store.
void BM_ListNewest(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  fill(*traces, static_cast<size_t>(state.range(0)), 200);
  const ListQuery query{Scope::of(ProjectId("default"))};
  for (auto _ : state) benchmark::DoNotOptimize(traces->list_now(query));
}
BENCHMARK(BM_ListNewest)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void BM_SearchRareText(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  std::vector<Span> needle = governed_calls(1, 200);
  needle[0].input_messages[0].parts[0].content += "order 8842-1193";
  (void)traces->write_now(std::move(needle));
  fill(*traces, static_cast<size_t>(state.range(0)), 200);
  ListQuery query{Scope::of(ProjectId("default"))};
  query.filter = *parse_filter("text contains \"8842-1193\"");
  for (auto _ : state) {
    auto page = traces->list_now(query);
    if (!page || page->traces.size() != 1) state.SkipWithError("the needle was not found");
  }
}
BENCHMARK(BM_SearchRareText)->Arg(100'000)->Unit(benchmark::kMillisecond);

// Arg: spans of one trace.
void BM_ReadTrace(benchmark::State& state) {
  const TempFolder folder;
  const auto traces = open_store(folder);
  std::vector<Span> spans = governed_calls(static_cast<size_t>(state.range(0)), 200);
  const TraceId trace_id = spans[0].trace_id;
  for (size_t i = 1; i < spans.size(); ++i) {
    spans[i].trace_id = trace_id;
    spans[i].parent_span_id = spans[i / 8].span_id;
  }
  (void)traces->write_now(std::move(spans));
  DetailQuery query{Scope::of(ProjectId("default"))};
  query.trace_id = trace_id;
  query.limit = 0;
  for (auto _ : state) benchmark::DoNotOptimize(traces->find_now(query));
}
BENCHMARK(BM_ReadTrace)->Arg(10)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem::trace
