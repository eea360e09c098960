// The API of identity over HTTP on an empty database of either kind, and blocking calls to it. For
// tests only.
#pragma once

#include <boost/json.hpp>

#include "identity/api.h"
#include "identity/permissions.h"
#include "identity/replayed_routes.h"
#include "identity/testing/identity_fixture.h"
#include "net/server.h"
#include "net/testing/loopback.h"

namespace tandem::identity::testing {

// What app does with a request before its handler.
class TestGate final : public net::Gatekeeper {
 public:
  explicit TestGate(std::unique_ptr<Identity>& identity) : identity_(identity) {}
  Result<void> admit(const net::Route& route, const net::Request& request,
                     RequestContext& context) override {
    TRY(context.principal, identity_->authenticator().authenticate(
                               {.authorization = request.header("authorization")}, wall_now_us()));
    const auto access =
        static_cast<int>(route.permission.access) - static_cast<int>(net::Access::Call);
    return authorise(context.principal, {route.permission.noun, static_cast<Access>(access)});
  }

 private:
  std::unique_ptr<Identity>& identity_;
};

struct Answer {
  int status = 0;
  std::string head;
  boost::json::value body;

  std::string text(std::string_view key) const {
    return std::string(body.at(std::string(key)).as_string());
  }
  std::string error(std::string_view key) const {
    const boost::json::value& found = body.at("error").at(std::string(key));
    return found.is_string() ? std::string(found.as_string()) : "null";
  }
};

class ApiTest : public IdentityTest {
 protected:
  // `more`: routes beside those of identity.
  explicit ApiTest(net::Routes more = {}) : gate_(identity_) {
    replays_ = *Replays::open(*db_);
    net::Routes routes = api_routes(*identity_);
    routes.insert(routes.end(), more.begin(), more.end());
    honour_idempotency_keys(routes, *replays_);
    auto router = net::Router::build(std::move(routes));
    EXPECT_TRUE(router) << router.error().message;
    net::ServerOptions options;
    options.port = 0;
    server_ = std::make_unique<net::Server>(options, threads_, *std::move(router), gate_, nullptr);
    EXPECT_TRUE(server_->listen());
  }
  ~ApiTest() override { server_->drain(200); }

  Answer call(std::string_view method, std::string_view path, std::string_view body = {},
              std::string_view headers = {}, std::string key = {}) {
    if (key.empty()) key = admin_text_;
    std::string request = std::string(method) + " /api/tandem/v1" + std::string(path) +
                          " HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer " +
                          key + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
                          std::string(headers) + "\r\n" + std::string(body);
    const std::string raw = exchange(request);
    Answer answer;
    const size_t end = raw.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << raw;
    if (end == std::string::npos) return answer;
    answer.status = std::atoi(raw.substr(9, 3).c_str());
    answer.head = raw.substr(0, end);
    if (end + 4 < raw.size()) answer.body = boost::json::parse(raw.substr(end + 4));
    return answer;
  }

  std::unique_ptr<Replays> replays_;

 private:
  std::string exchange(const std::string& request) {
    return net::testing::loopback_exchange(server_->port(), request);
  }

  TestGate gate_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace tandem::identity::testing
