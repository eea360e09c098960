// The trace API over HTTP.
#include "trace/api.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "net/openapi.h"
#include "net/router.h"
#include "net/server.h"
#include "net/testing/loopback.h"
#include "store/testing/temp_folder.h"
#include "trace/sample_spans.h"

namespace tandem::trace {
namespace {

namespace bj = boost::json;
using testing::child_span;
using testing::root_span;
using testing::text_message;
using testing::trace_id;

// The key is the project's name; "admin" is the key of the whole server.
class TestGate final : public net::Gatekeeper {
 public:
  Result<void> admit(const net::Route&, const net::Request& request,
                     RequestContext& context) override {
    const std::string_view name = request.header("x-api-key");
    context.principal.key = KeyId("key_" + std::string(name));
    context.principal.project = ProjectId(name);
    context.principal.every_project = name == "admin";
    return {};
  }
};

struct Answer {
  int status = 0;
  bj::value body;
};

class TraceApiTest : public ::testing::Test {
 protected:
  TraceApiTest() {
    traces_ = std::move(*TraceStore::open((folder_.path() / "traces.db").string()));
    RecorderOptions options;
    options.batch_wait_ms = 3'600'000;  // only a reader in a hurry gets anything written
    recorder_ = std::make_unique<Recorder>(*traces_, options);
    threads_.start();
    auto router = net::Router::build(trace_routes({*traces_, recorder_.get()}));
    EXPECT_TRUE(router) << router.error().message;
    net::ServerOptions server_options;
    server_options.port = 0;
    server_ =
        std::make_unique<net::Server>(server_options, threads_, *std::move(router), gate_, nullptr);
    EXPECT_TRUE(server_->listen());
  }
  ~TraceApiTest() override {
    server_->drain(200);
    threads_.stop();
  }

  void write(std::vector<Span> spans) { ASSERT_TRUE(traces_->write_now(std::move(spans))); }

  static std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        out += c;
      } else {
        char escape[4];
        std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
        out += escape;
      }
    }
    return out;
  }

  Answer get(std::string_view path, std::string_view key = "support") {
    const std::string request =
        "GET /api/tandem/v1" + std::string(path) +
        " HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: " + std::string(key) + "\r\n\r\n";
    const std::string raw = net::testing::loopback_exchange(server_->port(), request);
    Answer answer;
    const size_t end = raw.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    answer.status = std::atoi(raw.substr(9, 3).c_str());
    answer.body = bj::parse(raw.substr(end + 4));
    return answer;
  }
  size_t count(std::string_view filter) {
    const Answer answer = get("/traces?filter=" + encoded(filter));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.status == 200 ? answer.body.at("data").as_array().size() : 9999;
  }

  store::testing::TempFolder folder_;
  IoThreads threads_{1};
  std::unique_ptr<TraceStore> traces_;
  std::unique_ptr<Recorder> recorder_;
  TestGate gate_;
  std::unique_ptr<net::Server> server_;
};

TEST_F(TraceApiTest, ListsTracesWithoutTheirSpans) {
  Span first = root_span(1, "support");
  first.input_messages = {text_message("user", "Where is my refund?")};
  first.usage = TokenUsage{10, 0, 0, 5, 0};
  write({first, child_span(first, 2), root_span(3, "support")});
  const Answer listed = get("/traces?count=true&limit=1");
  ASSERT_EQ(listed.status, 200);
  EXPECT_EQ(listed.body.at("total_traces"), 2);
  EXPECT_EQ(listed.body.at("total_spans"), 3);
  const bj::array& data = listed.body.at("data").as_array();
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0].at("trace_id").as_string(), trace_id(3).hex());
  EXPECT_FALSE(data[0].as_object().contains("spans"));
  const std::string cursor(listed.body.at("next_cursor").as_string());
  const Answer second = get("/traces?limit=1&cursor=" + cursor);
  EXPECT_EQ(second.body.at("data").at(0).at("trace_id").as_string(), trace_id(1).hex());
  EXPECT_EQ(second.body.at("data").at(0).at("input_tokens"), 10);
  EXPECT_TRUE(second.body.at("next_cursor").is_null());
  EXPECT_FALSE(second.body.as_object().contains("total_traces"));

  EXPECT_EQ(count("text contains \"refund\""), 1u);
  EXPECT_EQ(count("text contains \"nothing\""), 0u);
  EXPECT_EQ(count("input_tokens >= 10 and status = \"ok\""), 1u);
  EXPECT_EQ(get("/traces?order=start_us").body.at("data").at(0).at("name"), "call 1");
}

TEST_F(TraceApiTest, ShowsOneTraceInPages) {
  const Span root = root_span(1, "support");
  write({root, child_span(root, 2), child_span(root, 3)});
  const std::string path = "/traces/" + root.trace_id.hex();
  const Answer whole = get(path);
  ASSERT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body.at("spans").as_array().size(), 3u);
  EXPECT_EQ(whole.body.at("span_count"), 3);
  EXPECT_TRUE(whole.body.at("next_cursor").is_null());
  const Answer page = get(path + "?limit=2");
  EXPECT_EQ(page.body.at("spans").as_array().size(), 2u);
  EXPECT_EQ(page.body.at("spans").at(0).at("name"), "call 1");
  const std::string cursor(page.body.at("next_cursor").as_string());
  EXPECT_EQ(get(path + "?limit=2&cursor=" + cursor).body.at("spans").at(0).at("name"), "call 3");
  EXPECT_EQ(get(path + "?limit=0").body.at("spans").as_array().size(), 3u);
}

TEST_F(TraceApiTest, ACallsTraceIsThereWhenItIsAskedFor) {
  recorder_->record(root_span(1, "support"));
  const Answer found = get("/traces/" + trace_id(1).hex());
  EXPECT_EQ(found.status, 200) << found.body;
}

TEST_F(TraceApiTest, ProjectsAreKeptApart) {
  write({root_span(1, "support"), root_span(2, "desk")});
  EXPECT_EQ(get("/traces/" + trace_id(2).hex()).status, 404);
  EXPECT_EQ(get("/traces/" + trace_id(2).hex(), "desk").status, 200);
  EXPECT_EQ(get("/traces/" + trace_id(2).hex(), "admin").status, 200);
  EXPECT_EQ(get("/traces").body.at("data").as_array().size(), 1u);
  EXPECT_EQ(get("/traces", "admin").body.at("data").as_array().size(), 2u);
  EXPECT_EQ(get("/traces?project=desk", "admin").body.at("data").as_array().size(), 1u);
  for (const std::string& path :
       {std::string("/traces?project=desk"), "/traces/" + trace_id(2).hex() + "?project=desk"}) {
    const Answer crossed = get(path);
    EXPECT_EQ(crossed.status, 403) << path;
    EXPECT_EQ(crossed.body.at("error").at("param"), "project");
  }
}

TEST_F(TraceApiTest, ErrorsNameTheirParameter) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"/traces?filter=" + encoded("modle = \"x\""), "filter"},
      {"/traces?limit=0", "limit"},
      {"/traces?limit=1001", "limit"},
      {"/traces?limit=ten", "limit"},
      {"/traces?cursor=x", "cursor"},
      {"/traces?order=colour", "order"},
      {"/traces?count=maybe", "count"},
      {"/traces/123", "trace_id"},
      {"/traces/" + std::string(32, '0'), "trace_id"}};
  for (const auto& [path, param] : wrong) {
    const Answer answer = get(path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.body.at("error").at("code"), "invalid_argument") << path;
    EXPECT_EQ(answer.body.at("error").at("param").as_string(), param) << path;
  }
  const Answer unknown = get("/traces?filter=" + encoded("modle = \"x\""));
  EXPECT_EQ(unknown.body.at("error").at("message"),
            "At position 1 of the filter: found modle, expected the name of a field.");
  EXPECT_EQ(unknown.body.at("error").at("hint"), "Did you mean model?");
  EXPECT_EQ(get("/traces/" + trace_id(77).hex()).status, 404);
}

// What /openapi.json says is what is answered: every member is described, and none is made up.
TEST_F(TraceApiTest, TheSchemaNamesEveryMember) {
  Span span = testing::full_span();
  write({span});
  const Answer answer = get("/traces/" + span.trace_id.hex());
  ASSERT_EQ(answer.status, 200);
  const net::Routes routes = trace_routes({*traces_, nullptr});
  EXPECT_FALSE(net::openapi_json(routes, "0").empty());
  const auto same_names = [](const bj::value& value, const bj::value& schema) {
    std::set<std::string> present;
    std::set<std::string> described;
    for (const auto& member : value.as_object()) present.insert(std::string(member.key()));
    for (const auto& member : schema.at("properties").as_object()) {
      described.insert(std::string(member.key()));
    }
    EXPECT_EQ(present, described);
  };
  const bj::value schema = bj::parse(routes[1].response_schema);
  same_names(answer.body, schema);
  const bj::value& span_schema = schema.at("properties").at("spans").at("items");
  const bj::value& shown = answer.body.at("spans").at(0);
  same_names(shown, span_schema);
  for (const char* key : {"usage", "tool", "prompt", "exception", "scope"}) {
    same_names(shown.at(key), span_schema.at("properties").at(key));
  }
  for (const char* key : {"documents", "events", "links", "tool_definitions"}) {
    same_names(shown.at(key).at(0), span_schema.at("properties").at(key).at("items"));
  }
  const bj::value list_schema = bj::parse(routes[0].response_schema);
  same_names(get("/traces?count=true").body, list_schema);
}

}  // namespace
}  // namespace tandem::trace
