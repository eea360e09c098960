// The governed path on a real HTTP server, with everything around it played: a surface that takes
// the body as its text, targets that answer what they are told, a guard that knows one word, and a
// journal in memory. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/async/deadlines.h"
#include "base/async/event.h"
#include "cost/record.h"
#include "cost/testing/price_of.h"
#include "gateway/governed_routes.h"
#include "gateway/openai/dialect.h"
#include "gateway/openai/stream_filter.h"
#include "net/server.h"
#include "net/testing/loopback.h"
#include "store/testing/temp_folder.h"
#include "trace/store.h"

namespace tandem::gateway::testing {

// What happened, in its order: "reserve", "target", "settle", "release".
class Happenings {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class MemorySink final : public cost::RecordSink {
 public:
  explicit MemorySink(Happenings& log) : log_(log) {}
  Result<void> append(store::RecordKind kind, std::span<const uint8_t> payload) override {
    if (kind == store::RecordKind::Reserve) {
      log_.add("reserve");
      reserved.push_back(cost::decode_reserve(payload)->estimate);
      return {};
    }
    payloads_.emplace_back(payload.begin(), payload.end());
    ends.push_back(*cost::decode_end(payloads_.back()));
    log_.add(kind == store::RecordKind::Release ? "release" : "settle");
    return {};
  }
  std::vector<cost::Usage> reserved;
  std::vector<cost::EndRecord> ends;

 private:
  Happenings& log_;
  std::deque<std::vector<uint8_t>> payloads_;  // what `ends` point into
};

// Answers what was queued, the last for ever; streams its events where there are any.
class PlayedTarget final : public Target {
 public:
  struct Step {
    AttemptResult result;
    std::vector<std::string> events;
    bool hangs = false;                     // after its events, until it is stopped …
    std::optional<int64_t> stops_after_ms = {};  // … or breaks
  };
  PlayedTarget(std::string provider, std::string model, Happenings& log)
      : Target(std::move(provider), std::move(model)), log_(log) {}
  bool accepts(CallKind kind) const override { return kind != CallKind::Predict; }
  const messages::Dialect* dialect(const messages::Dialect*) const override {
    return &openai::dialect();
  }
  int64_t count_input_tokens(const Call&) const override { return 10; }
  Task<AttemptResult> attempt(const Call& call, AttemptContext& attempt,
                              StreamSink& sink) override {
    log_.add("target");
    attempt.sent = true;
    said.emplace_back(attempt.said);
    seen.push_back(call.texts.front().text);
    Step step = steps.front();
    if (steps.size() > 1) steps.pop_front();
    for (const std::string& event : step.events) {
      auto taken = sink.event(event);
      if (taken) taken = co_await sink.flush();
      if (taken) continue;
      AttemptResult stopped;
      stopped.error = std::move(taken).error();
      stopped.failure = stopped.error.code == Code::UpstreamError ? FailureKind::BadAnswer
                                                                  : classify(stopped.error);
      co_return stopped;
    }
    if (step.hangs) {
      Event stopped(attempt.thread.io());
      CancelCallback on_cancel(*attempt.cancel, [&] { stopped.notify(); });
      bool broke = false;
      const int64_t after_ms = step.stops_after_ms.value_or(60'000);
      DeadlineWatch watch(attempt.thread.deadlines(), Deadline::after_ms(after_ms, steady_now_us()),
                          [&] {
                            broke = true;
                            stopped.notify();
                          });
      co_await stopped.wait();
      if (broke) co_return fails(FailureKind::Reset).result;
      log_.add("stopped");
      AttemptResult cancelled;
      cancelled.failure = FailureKind::Cancelled;
      cancelled.error = Error(Code::Cancelled, "The call was cancelled.");
      co_return cancelled;
    }
    if (step.result.failure == FailureKind::None && !step.events.empty()) {
      step.result.streamed = true;
    }
    co_return step.result;
  }
  static Step fails(FailureKind kind, std::vector<std::string> events = {}) {
    Step step;
    step.result.failure = kind;
    step.result.error = Error(Code::UpstreamError, "It broke.");
    step.events = std::move(events);
    return step;
  }
  std::deque<Step> steps;
  std::vector<std::string> seen;  // the text of each attempt
  std::vector<std::string> said;  // what it was to go on with

 private:
  Happenings& log_;
};

// The request's body is its text, x-model its endpoint, x-stream asks for a stream. An answer that
// begins with "bad" is malformed; one with "usage" reports 9 tokens in and 12 out.
class PlayedSurface final : public Surface {
 public:
  Result<Call> read(net::Exchange& exchange) const override {
    TRY(Call call, probe(exchange.request().body()));
    call.endpoint = exchange.request().header("x-model");
    call.stream = !exchange.request().header("x-stream").empty();
    call.max_output_tokens = 100;
    return call;
  }
  Result<Rendered> render(const Call&, AttemptResult& result, const std::string&,
                          OutputGate* gate) const override {
    if (result.body.rfind("bad", 0) == 0) return fail(Code::UpstreamError, "Not an answer.");
    Rendered rendered;
    if (gate) (void)gate->whole(result.body);
    if (gate && gate->blocked()) return fail(*gate->blocked());
    rendered.body = result.body;
    rendered.estimated_output_tokens = 7;
    if (result.body.find("usage") != std::string::npos) {
      rendered.usage.emplace();
      rendered.usage->input_tokens = 9;
      rendered.usage->output_tokens = 12;
      rendered.usage->reported = true;
    }
    return rendered;
  }
  std::unique_ptr<AnswerStream> open_stream(StreamOptions options,
                                            OutputGate* gate) const override {
    return std::make_unique<openai::StreamFilter>(std::move(options), gate);
  }
  void describe_input(Call&, trace::Span&) const override {}
  Result<Call> probe(std::string_view text) const override {
    Call call;
    call.bytes_in = text.size();
    call.texts.push_back({std::string(text), "user", {}, {}, 0, 0});
    return call;
  }
};

// "SECRET" in an input is taken out and blocks an output; "FORBIDDEN" in an input blocks the call.
class PlayedGuarding final : public Guarding {
 public:
  struct Gate final : OutputGate {
    std::string feed(const Channel&, std::string_view text) override {
      (void)whole(text);
      return std::string(text);
    }
    std::string flush(const Channel&) override { return {}; }
    std::optional<std::string> whole(std::string_view text) override {
      if (text.find("SECRET") != std::string_view::npos) {
        error = Error(Code::GuardBlocked, "The answer holds a secret.");
      }
      return std::nullopt;
    }
    const std::optional<Error>& blocked() const override { return error; }
    std::optional<Error> error;
  };
  Result<void> check_input(Call& call, const EndpointConfig&,
                           std::vector<GuardEvent>&) const override {
    for (TextSegment& segment : call.texts) {
      if (segment.text.find("FORBIDDEN") != std::string::npos) {
        return fail(Code::GuardBlocked, "The request holds a forbidden word.");
      }
      const size_t at = segment.text.find("SECRET");
      if (at != std::string::npos) segment.text.replace(at, 6, "[redacted]");
    }
    return {};
  }
  std::unique_ptr<OutputGate> open_gate(const EndpointConfig&,
                                        std::vector<GuardEvent>&) const override {
    return std::make_unique<Gate>();
  }
};

// The key `narrow` may call only the endpoint `other`.
struct TestGate final : net::Gatekeeper {
  Result<void> admit(const net::Route&, const net::Request& request,
                     RequestContext& context) override {
    const std::string_view key = request.header("x-api-key");
    context.principal.key = KeyId(key.empty() ? "key" : key);
    context.principal.project = ProjectId("shop");
    if (key == "narrow") {
      context.principal.endpoints =
          std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"other"});
    }
    return {};
  }
};

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  std::string header(std::string_view name) const {
    const size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class PathTest : public ::testing::Test {
 protected:
  PathTest() {
    clients_.push_back(std::make_unique<net::Client>(threads_.at(0), net::ClientOptions{}));
    prices_.configure({{"m", cost::testing::price_of(R"({"input":1,"output":2})")}});
    GovernedRoute governed = governed_route("/v1/played", tandem::Surface::OpenAi, surface_,
                                            services_, {"played", "A played call", ""});
    auto router = net::Router::build({governed.route});
    EXPECT_TRUE(router) << router.error().message;
    net::ServerOptions options;
    options.port = 0;
    server_ = std::make_unique<net::Server>(options, threads_, *std::move(router), gate_, nullptr);
    threads_.start();
    EXPECT_TRUE(server_->listen());
    publish();
  }
  ~PathTest() override {
    server_->drain(200);
    threads_.run_on(0, [&](IoThread&) { clients_[0]->close_idle(); });
    catalogs_.publish(std::make_shared<Catalog>());
    threads_.stop();
  }

  // One endpoint, "chat", on first_ and then fallback_.
  void publish() {
    auto endpoint = std::make_shared<Endpoint>();
    endpoint->name = "chat";
    endpoint->config = config_;
    endpoint->targets = {first_};
    endpoint->fallback = {fallback_};
    endpoint->weights = {1};
    auto catalog = std::make_shared<Catalog>();
    catalog->add(std::move(endpoint));
    catalogs_.publish(std::move(catalog));
  }

  static PlayedTarget::Step says(std::string body) {
    PlayedTarget::Step step;
    step.result.body = std::move(body);
    return step;
  }
  static PlayedTarget::Step fails(FailureKind kind, std::vector<std::string> events = {}) {
    return PlayedTarget::fails(kind, std::move(events));
  }

  Answer call(std::string_view text, std::string_view headers = {},
              std::string_view model = "chat") {
    const std::string request =
        "POST /v1/played HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        "x-model: " +
        std::string(model) + "\r\ncontent-length: " + std::to_string(text.size()) + "\r\n" +
        std::string(headers) + "\r\n" + std::string(text);
    const std::string got = net::testing::loopback_exchange(server_->port(), request);
    Answer answer;
    const size_t end = got.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << got;
    answer.head = got.substr(0, end);
    answer.status = std::atoi(got.substr(9, 3).c_str());
    answer.body = end == std::string::npos ? "" : got.substr(end + 4);
    return answer;
  }

  Happenings log_;
  store::testing::TempFolder folder_;
  MemorySink sink_{log_};
  cost::PriceBook prices_;
  cost::EnergyModel energy_;
  cost::Budgets budgets_;
  cost::Accountant accountant_{sink_, budgets_, prices_, energy_};
  std::unique_ptr<trace::TraceStore> traces_ =
      *trace::TraceStore::open((folder_.path() / "traces.db").string());
  trace::Recorder recorder_{*traces_};
  identity::RateLimits rate_limits_;
  metrics::Metrics metrics_;
  Snapshot<Catalog> catalogs_;
  PlayedGuarding guarding_;
  PlayedSurface surface_;
  IoThreads threads_{1};
  std::vector<std::unique_ptr<net::Client>> clients_;
  PathServices services_{catalogs_,    accountant_, guarding_, recorder_,
                         rate_limits_, clients_,    metrics_};
  EndpointConfig config_;
  std::shared_ptr<PlayedTarget> first_ = std::make_shared<PlayedTarget>("acme", "m", log_);
  std::shared_ptr<PlayedTarget> fallback_ = std::make_shared<PlayedTarget>("spare", "m", log_);
  TestGate gate_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace tandem::gateway::testing
