// Idempotency-Key on writes, over HTTP, on SQLite and on PostgreSQL alike.
#include "identity/replayed_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time/calendar.h"
#include "identity/testing/api_fixture.h"

namespace tandem::identity {
namespace {

using testing::Answer;
using testing::ApiTest;
using ::testing::HasSubstr;
using ::testing::Not;

struct Calls {
  std::atomic<int> made = 0;
};

net::Route counting(Calls& calls, net::Method method, std::string pattern) {
  net::Route route;
  route.method = method;
  route.pattern = "/api/tandem/v1" + pattern;
  route.permission = {net::Access::Read, "endpoints"};
  route.handler = [&calls](net::Exchange& exchange) -> Task<Result<net::Response>> {
    const std::string number = std::to_string(++calls.made);
    if (exchange.request().body() == "fail") co_return fail(Code::StorageFailed, "No disk.");
    auto response = net::Response::json(201, R"({"id":"thing_)" + number + "\"}");
    response.add_header("etag", "\"" + number + "\"");
    if (exchange.request().body() == "secret") response.add_header("cache-control", "no-store");
    co_return response;
  };
  return route;
}

class ReplayTest : private Calls, public ApiTest {
 protected:
  ReplayTest()
      : ApiTest({counting(*this, net::Method::Post, "/things"),
                 counting(*this, net::Method::Put, "/things/{id}"),
                 counting(*this, net::Method::Get, "/things")}) {}

  int calls() const { return made; }
  Answer with_key(std::string_view method, std::string_view path, std::string_view body,
                  const std::string& idempotency_key = "once", std::string key = {}) {
    return call(method, path, body, "idempotency-key: " + idempotency_key + "\r\n", std::move(key));
  }
  // Everything that is stored for replays, as one text.
  std::string stored() {
    std::string all;
    const auto read = [&](store::Connection& c) {
      return c.query({"test_replays", "SELECT fingerprint, headers, body FROM identity_replays"},
                     {}, [&](const store::Row& row) {
                       all += row.str(0) + row.str(1) + (row.is_null(2) ? "" : row.str(2));
                       return true;
                     });
    };
    EXPECT_TRUE(db_->read_now(std::function<Result<void>(store::Connection&)>(read)));
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Both, ReplayTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(ReplayTest, TheSameRequestGetsTheSameAnswer) {
  const Answer first = with_key("POST", "/things", R"({"a":1})");
  EXPECT_EQ(first.status, 201);
  EXPECT_THAT(first.head, Not(HasSubstr("idempotent-replayed")));
  const Answer again = with_key("POST", "/things", R"({ "a": 1 })");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_THAT(again.head, HasSubstr("etag: \"1\""));
  EXPECT_THAT(again.head, HasSubstr("content-type: application/json"));
  EXPECT_THAT(again.head, HasSubstr("idempotent-replayed: true"));
  EXPECT_EQ(calls(), 1);
}

TEST_P(ReplayTest, WithoutAKeyNothingIsReplayed) {
  EXPECT_NE(call("POST", "/things", "{}").body, call("POST", "/things", "{}").body);
  EXPECT_EQ(calls(), 2);
}

TEST_P(ReplayTest, AnotherRequestWithTheKeyIsRefused) {
  with_key("POST", "/things", R"({"a":1})");
  for (const Answer& other :
       {with_key("POST", "/things", R"({"a":2})"), with_key("PUT", "/things/x", R"({"a":1})"),
        with_key("POST", "/things?x=1", R"({"a":1})")}) {
    EXPECT_EQ(other.status, 409);
    EXPECT_EQ(other.error("param"), "Idempotency-Key");
    EXPECT_THAT(other.error("message"), HasSubstr("used for another request"));
  }
  EXPECT_EQ(calls(), 1);
}

TEST_P(ReplayTest, KeysOfDifferentCallersDoNotMeet) {
  const std::string other = call("POST", "/keys", R"({"name":"x","role":"admin"})").text("key");
  with_key("POST", "/things", "{}");
  const Answer theirs = with_key("POST", "/things", "{}", "once", other);
  EXPECT_EQ(theirs.text("id"), "thing_2");
}

TEST_P(ReplayTest, AFailureMayBeTriedAgain) {
  EXPECT_EQ(with_key("POST", "/things", "fail").status, 503);
  EXPECT_EQ(with_key("POST", "/things", "fail").status, 503);
  EXPECT_EQ(calls(), 2);
  EXPECT_EQ(with_key("POST", "/things", "works").status, 201);
}

TEST_P(ReplayTest, ASecretIsNotStored) {
  EXPECT_EQ(with_key("POST", "/things", "secret").text("id"), "thing_1");
  EXPECT_THAT(stored(), Not(HasSubstr("thing_1")));
  // The handler is asked again, and has to find what it made.
  const Answer again = with_key("POST", "/things", "secret");
  EXPECT_THAT(again.head, HasSubstr("idempotent-replayed: true"));
  EXPECT_EQ(calls(), 2);

  const Answer key = with_key("POST", "/keys", R"({"name":"ci"})", "key");
  EXPECT_EQ(with_key("POST", "/keys", R"({"name":"ci"})", "key").text("key"), key.text("key"));
  EXPECT_THAT(stored(), Not(HasSubstr(key.text("key"))));
}

TEST_P(ReplayTest, WritesOfIdentityAreReplayedToo) {
  const std::string path =
      "/projects/" + with_key("POST", "/projects", R"({"name":"a"})").text("id");
  EXPECT_EQ(with_key("POST", "/projects", R"({"name":"a"})").status, 201);
  EXPECT_EQ(call("POST", "/projects", R"({"name":"a"})").status, 409);
  const Answer patched = with_key("PATCH", path, R"({"description":"x"})", "patch");
  EXPECT_EQ(patched.body.at("version"), 2);
  EXPECT_EQ(with_key("PATCH", path, R"({"description":"x"})", "patch").body, patched.body);
  EXPECT_EQ(with_key("DELETE", path, "", "delete").status, 204);
  const Answer deleted = with_key("DELETE", path, "", "delete");
  EXPECT_EQ(deleted.status, 204);
  EXPECT_THAT(deleted.head, HasSubstr("idempotent-replayed: true"));
  EXPECT_EQ(call("DELETE", path).status, 404);
}

TEST_P(ReplayTest, ReadsTakeNoKey) {
  EXPECT_NE(with_key("GET", "/things", "").body, with_key("GET", "/things", "").body);
}

TEST_P(ReplayTest, AWrongKeyIsRefused) {
  const Answer wrong = with_key("POST", "/things", "{}", "two words");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(calls(), 0);
}

TEST_P(ReplayTest, WhatIsUnderWayIsRefusedUntilItIsGivenUp) {
  const ReplayRequest request{KeyId("key_1"), "once", "f"};
  constexpr WallUs kNow = 1'000'000'000'000;
  EXPECT_EQ(*wait(replays_->claim(request, kNow)), std::nullopt);
  const auto busy = wait(replays_->claim(request, kNow + 1'000'000));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Code::AlreadyExists);
  EXPECT_EQ(busy.error().retry_after_s, 1);
  // Ten minutes later its process is taken for ended.
  EXPECT_EQ(*wait(replays_->claim(request, kNow + 601 * int64_t{1'000'000})), std::nullopt);
}

TEST_P(ReplayTest, AnswersLastADay) {
  const ReplayRequest request{KeyId("key_1"), "once", "f"};
  constexpr WallUs kNow = 1'000'000'000'000;
  EXPECT_EQ(*wait(replays_->claim(request, kNow)), std::nullopt);
  EXPECT_TRUE(wait(replays_->keep(request, {201, "text/plain", "a: b\r\n", "body", true})));
  const auto kept = wait(replays_->claim(request, kNow + time::kDayUs - 1));
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->status, 201);
  EXPECT_EQ((*kept)->body, "body");
  EXPECT_EQ((*kept)->header_block, "a: b\r\n");
  EXPECT_EQ(*wait(replays_->claim(request, kNow + time::kDayUs + 1)), std::nullopt);
}

// A server that was killed in the middle of a write lets it be tried again.
TEST_P(ReplayTest, ARestartForgetsWhatWasUnderWay) {
  if (GetParam() != store::Dialect::Sqlite) GTEST_SKIP() << "another node may be at work on it";
  const ReplayRequest request{KeyId("key_1"), "once", "f"};
  EXPECT_EQ(*wait(replays_->claim(request, wall_now_us())), std::nullopt);
  const auto after = *Replays::open(*db_);
  EXPECT_EQ(*wait(after->claim(request, wall_now_us())), std::nullopt);
}

}  // namespace
}  // namespace tandem::identity
