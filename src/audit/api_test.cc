// The audit API over HTTP, and the record of mutations.
#include "audit/api.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "audit/schema.h"
#include "net/router.h"
#include "net/server.h"
#include "net/testing/loopback.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::audit {
namespace {

namespace bj = boost::json;

// The key is the project's name; "admin" is the key of the whole server.
class TestGate final : public net::Gatekeeper {
 public:
  Result<void> admit(const net::Route&, const net::Request& request,
                     RequestContext& context) override {
    const std::string_view name = request.header("x-api-key");
    if (name.empty()) return fail(Code::Unauthenticated, "No key.");
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

class AuditApiTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  AuditApiTest() : db_(GetParam()), log_(*db_) {
    EXPECT_TRUE(store::migrate(*db_, migrations()));
    threads_.start();
    net::Routes routes = audit_routes(log_);
    net::Route change;
    change.method = net::Method::Post;
    change.pattern = "/api/tandem/v1/things/{id}";
    change.permission = {net::Access::Write, "things"};
    change.audit_action = "things.create";
    change.handler = [](net::Exchange& exchange) -> Task<Result<net::Response>> {
      if (exchange.request().path_param("id") == "bad") {
        co_return fail(Code::InvalidArgument, "A bad thing.");
      }
      co_return net::Response::json(201, "{}");
    };
    routes.push_back(change);
    change.pattern = "/api/tandem/v1/things";
    change.handler = [](net::Exchange& exchange) -> Task<Result<net::Response>> {
      auto made = net::Response::json(201, R"({"name":"A thing","id":"thing_7"})");
      if (exchange.request().query() == "again") made.add_header("idempotent-replayed", "true");
      co_return made;
    };
    routes.push_back(std::move(change));
    audit_mutations(routes, log_);
    auto router = net::Router::build(std::move(routes));
    EXPECT_TRUE(router) << router.error().message;
    net::ServerOptions options;
    options.port = 0;
    server_ = std::make_unique<net::Server>(options, threads_, *std::move(router), gate_, nullptr);
    EXPECT_TRUE(server_->listen());
  }
  ~AuditApiTest() override {
    server_->drain(200);
    threads_.stop();
  }

  Answer call(std::string_view method, std::string_view path, std::string_view key = "admin") {
    const std::string request =
        std::string(method) + " /api/tandem/v1" + std::string(path) +
        " HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: " + std::string(key) +
        "\r\ncontent-length: 0\r\n\r\n";
    const std::string raw = net::testing::loopback_exchange(server_->port(), request);
    Answer answer;
    const size_t end = raw.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    answer.status = std::atoi(raw.substr(9, 3).c_str());
    answer.body = bj::parse(raw.substr(end + 4));
    return answer;
  }

  store::testing::TestDb db_;
  IoThreads threads_{1};
  AuditLog log_;
  TestGate gate_;
  std::unique_ptr<net::Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Both, AuditApiTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(AuditApiTest, EveryMutationBecomesAnEvent) {
  EXPECT_EQ(call("POST", "/things/1", "shop").status, 201);
  EXPECT_EQ(call("POST", "/things/bad", "shop").status, 400);
  const Answer listed = call("GET", "/audit?limit=10", "shop");
  ASSERT_EQ(listed.status, 200) << listed.body;
  const bj::array& data = listed.body.at("data").as_array();
  ASSERT_EQ(data.size(), 2u);
  EXPECT_EQ(data[0].at("outcome"), "failure");
  EXPECT_EQ(data[0].at("status"), 400);
  const bj::value& created = data[1];
  EXPECT_EQ(created.at("actor"), "key_shop");
  EXPECT_EQ(created.at("project"), "shop");
  EXPECT_EQ(created.at("action"), "things.create");
  EXPECT_EQ(created.at("resource"), "things/1");
  EXPECT_EQ(created.at("outcome"), "success");
  EXPECT_EQ(created.at("status"), 201);
  EXPECT_EQ(created.at("details"),
            bj::parse(R"({"method":"POST","path":"/api/tandem/v1/things/1"})"));
  EXPECT_FALSE(created.at("request_id").is_null());
  EXPECT_EQ(created.at("hash").as_string().size(), 64u);
  EXPECT_TRUE(listed.body.at("next_cursor").is_null());
}

TEST_P(AuditApiTest, ACreationNamesWhatItMade) {
  EXPECT_EQ(call("POST", "/things", "shop").status, 201);
  EXPECT_EQ(call("POST", "/things?again", "shop").status, 201);  // makes nothing
  const Answer listed = call("GET", "/audit?resource=things/thing_7", "shop");
  const bj::array& data = listed.body.at("data").as_array();
  ASSERT_EQ(data.size(), 1u);
  EXPECT_EQ(data[0].at("action"), "things.create");
  EXPECT_EQ(data[0].at("resource"), "things/thing_7");
  EXPECT_EQ(data[0].at("details"),
            bj::parse(R"({"method":"POST","path":"/api/tandem/v1/things"})"));
}

TEST_P(AuditApiTest, AProjectSeesItsOwnEventsOnly) {
  call("POST", "/things/1", "shop");
  call("POST", "/things/2", "desk");
  EXPECT_EQ(call("GET", "/audit", "desk").body.at("data").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/audit", "admin").body.at("data").as_array().size(), 2u);
  EXPECT_EQ(call("GET", "/audit?project=shop", "admin").body.at("data").as_array().size(), 1u);
  const Answer crossed = call("GET", "/audit?project=shop", "desk");
  EXPECT_EQ(crossed.status, 403);
  EXPECT_EQ(crossed.body.at("error").at("param"), "project");
  // What somebody else's cursor names is still filtered by the caller's own project.
  const std::string cursor(
      call("GET", "/audit?limit=1", "admin").body.at("next_cursor").as_string());
  EXPECT_TRUE(call("GET", "/audit?cursor=" + cursor, "desk").body.at("data").as_array().empty());
}

TEST_P(AuditApiTest, FiltersAndErrors) {
  call("POST", "/things/1", "shop");
  call("POST", "/things/bad", "shop");
  const auto count = [this](const std::string& query) {
    return call("GET", "/audit?" + query, "shop").body.at("data").as_array().size();
  };
  EXPECT_EQ(count("action=things.*&outcome=success"), 1u);
  EXPECT_EQ(count("actor=key_shop&resource=things/bad"), 1u);
  EXPECT_EQ(count("from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z"), 0u);
  EXPECT_EQ(count("from=2020-01-01"), 2u);
  for (const char* bad : {"from=yesterday", "limit=x", "limit=0", "outcome=fine", "cursor=x"}) {
    const Answer answer = call("GET", "/audit?" + std::string(bad), "shop");
    EXPECT_EQ(answer.status, 400) << bad;
    const std::string name = std::string(bad).substr(0, std::string(bad).find('='));
    EXPECT_EQ(answer.body.at("error").at("param").as_string(), name) << bad;
  }
}

TEST_P(AuditApiTest, VerifyTellsWhatIsBroken) {
  for (int i = 0; i < 3; ++i) call("POST", "/things/1", "shop");
  Answer checked = call("GET", "/audit/verify");
  ASSERT_EQ(checked.status, 200);
  EXPECT_EQ(checked.body.at("intact"), true);
  EXPECT_EQ(checked.body.at("checked"), 3);
  EXPECT_EQ(checked.body.at("head_seq"), 3);
  EXPECT_TRUE(checked.body.at("broken").is_null());
  const bool sqlite = GetParam() == store::Dialect::Sqlite;
  ASSERT_TRUE(db_->write_now([sqlite](store::Connection& c) {
    return c.script({"tamper", sqlite ? "DROP TRIGGER audit_events_no_update"
                                      : "ALTER TABLE audit_events DISABLE TRIGGER ALL"});
  }));
  ASSERT_TRUE(db_->write_now([](store::Connection& c) {
    return c.run({"tamper", "UPDATE audit_events SET status = 0 WHERE seq = 2"});
  }));
  checked = call("GET", "/audit/verify?from=1&to=3");
  EXPECT_EQ(checked.body.at("intact"), false);
  EXPECT_EQ(checked.body.at("broken").at("seq"), 2);
  EXPECT_EQ(checked.body.at("broken").at("damage"), "changed");
  EXPECT_EQ(call("GET", "/audit/verify?from=0").status, 400);
  EXPECT_EQ(call("GET", "/audit/verify?from=x").status, 400);
}

}  // namespace
}  // namespace tandem::audit
