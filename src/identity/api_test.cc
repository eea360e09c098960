// The API of keys, projects, teams and users over HTTP, on SQLite and on PostgreSQL alike.
#include "identity/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/testing/api_fixture.h"

namespace tandem::identity {
namespace {

using boost::json::value;
using testing::Answer;
using testing::ApiTest;
using ::testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Both, ApiTest, store::testing::both_databases(),
                         store::testing::dialect_name);

// interfaces.md, "The first resources".
TEST_P(ApiTest, PostKeysMakesAKeyAndShowsItOnce) {
  const Answer made = call("POST", "/keys", R"({
      "name": "support desk", "project": "default", "role": "editor", "endpoints": ["chat"],
      "expires_at": "2099-01-01T00:00:00Z",
      "budget": {"nano_usd": 5000000000, "period": "month", "hard": true},
      "limits": {"requests_per_minute": 60, "tokens_per_minute": 90000}})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("name"), "support desk");
  EXPECT_EQ(made.text("project"), "default");
  EXPECT_EQ(made.text("role"), "editor");
  EXPECT_EQ(made.body.at("endpoints"), value(boost::json::array{"chat"}));
  EXPECT_EQ(made.text("expires_at"), "2099-01-01T00:00:00.000000Z");
  EXPECT_EQ(made.body.at("budget"),
            value({{"nano_usd", 5000000000}, {"period", "month"}, {"hard", true}}));
  EXPECT_EQ(made.body.at("limits"),
            value({{"requests_per_minute", 60}, {"tokens_per_minute", 90000}}));
  EXPECT_EQ(made.body.at("version"), value(1));
  EXPECT_THAT(made.text("created_at"),
              ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z"));
  EXPECT_THAT(made.head, HasSubstr("etag: \"1\""));
  const std::string key = made.text("key");
  ASSERT_TRUE(login(key));

  const Answer shown = call("GET", "/keys/" + made.text("id"));
  ASSERT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.at("key").is_null());
  const value& spend = shown.body.at("spend").at(0);
  EXPECT_EQ(spend.at("settled_nano_usd"), value(30));
  EXPECT_EQ(spend.at("left_nano_usd"), value(4999999970));
  const Answer list = call("GET", "/keys");
  EXPECT_EQ(list.body.at("data").as_array().size(), 1u);
  EXPECT_TRUE(list.body.at("next_cursor").is_null());
  EXPECT_EQ(serialize(list.body).find(key), std::string::npos);
}

TEST_P(ApiTest, TheShortestKeyBelongsToTheDefaultProject) {
  const Answer made = call("POST", "/keys", R"({"name":"x"})");
  ASSERT_EQ(made.status, 201);
  EXPECT_EQ(made.text("project"), "default");
  EXPECT_EQ(made.text("role"), "user");
  for (const char* absent : {"endpoints", "expires_at", "budget", "limits", "user", "team"}) {
    EXPECT_TRUE(made.body.at(absent).is_null()) << absent;
  }
}

TEST_P(ApiTest, WrongFieldsAreAllNamed) {
  const Answer answer = call("POST", "/keys", R"({"nmae":"x","role":"root","limits":{
      "requests_per_minute":0},"budget":{"nano_usd":1},"endpoints":[]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error("code"), "invalid_argument");
  EXPECT_EQ(answer.error("param"), "nmae");
  const std::string message = answer.error("message");
  EXPECT_THAT(message, HasSubstr("nmae is not a known key"));
  EXPECT_THAT(message, HasSubstr("name is required"));
  EXPECT_THAT(message, HasSubstr("role must be one of user, editor, admin, found the text"));
  EXPECT_THAT(message, HasSubstr("limits.requests_per_minute must be between 1 and"));
  EXPECT_THAT(message, HasSubstr("budget.period is required"));
  EXPECT_THAT(message, HasSubstr("endpoints must name an endpoint"));
  EXPECT_EQ(call("POST", "/keys", "{").status, 400);
}

TEST_P(ApiTest, IdempotencyKeyAndIfMatchAreHonoured) {
  const std::string once = "idempotency-key: once\r\n";
  const Answer first = call("POST", "/keys", R"({"name":"x"})", once);
  const Answer again = call("POST", "/keys", R"({ "name": "x" })", once);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_EQ(again.text("key"), first.text("key"));
  EXPECT_THAT(again.head, HasSubstr("idempotent-replayed: true"));
  const std::string path = "/keys/" + first.text("id");
  const std::string version_1 = "if-match: \"1\"\r\n";
  EXPECT_EQ(call("PATCH", path, R"({"name":"y"})", version_1).body.at("version"), value(2));
  const Answer stale = call("PATCH", path, R"({"name":"z"})", version_1);
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.error("code"), "version_conflict");
  EXPECT_EQ(call("DELETE", path, "", version_1).status, 412);
  EXPECT_EQ(call("DELETE", path).status, 204);
  EXPECT_EQ(call("DELETE", path).status, 404);
  EXPECT_FALSE(login(first.text("key")));
}

TEST_P(ApiTest, AUserManagesNothingButSeesItself) {
  const Answer made = call("POST", "/keys", R"({"name":"x"})");
  const std::string key = made.text("key");
  for (const auto& [method, path] : {std::pair{"GET", "/keys"},
                                     {"GET", "/users"},
                                     {"GET", "/keys/key_other"},
                                     {"GET", "/teams"}}) {
    EXPECT_EQ(call(method, path, "", "", key).status, 403) << method << path;
  }
  for (const char* path : {"/keys", "/projects", "/users", "/teams"}) {
    const Answer refused = call("POST", path, R"({"name":"y"})", "", key);
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_EQ(refused.error("code"), "permission_denied");
  }
  EXPECT_EQ(call("GET", "/keys/" + made.text("id"), "", "", key).status, 200);
  EXPECT_EQ(call("GET", "/projects", "", "", key).body.at("data").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/keys", "", "", "tk-nobody").status, 401);
}

TEST_P(ApiTest, ProjectsTeamsAndUsersHaveTheSameVerbs) {
  EXPECT_EQ(call("POST", "/projects", R"({"name":"support"})").status, 201);
  EXPECT_EQ(call("POST", "/projects", R"({"name":"support"})").status, 409);
  EXPECT_EQ(call("POST", "/projects", R"({"name":"a b"})").error("param"), "name");
  const Answer team = call("POST", "/teams", R"({"name":"t","project":"support"})");
  ASSERT_EQ(team.status, 201) << team.body;
  const Answer user = call("POST", "/users",
                           R"({"name":"Ada","email":"ada@example.com",
      "project":"support","team":")" +
                               team.text("id") + "\"}");
  ASSERT_EQ(user.status, 201) << user.body;
  EXPECT_EQ(user.text("email"), "ada@example.com");
  EXPECT_EQ(user.text("team"), team.text("id"));
  EXPECT_EQ(call("GET", "/users?project=support").body.at("data").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/users?project=default").body.at("data").as_array().size(), 0u);
  EXPECT_EQ(call("PATCH", "/users/" + user.text("id"), R"({"team":null})").status, 200);
  EXPECT_EQ(call("DELETE", "/teams/" + team.text("id")).status, 204);
  EXPECT_EQ(call("DELETE", "/projects/support").status, 400);
  EXPECT_EQ(call("DELETE", "/users/" + user.text("id")).status, 204);
  EXPECT_EQ(call("DELETE", "/projects/support").status, 204);
  EXPECT_EQ(call("GET", "/projects/support").status, 404);
}

TEST_P(ApiTest, ListsAnswerPages) {
  for (int i = 0; i < 3; ++i) call("POST", "/keys", R"({"name":"x"})");
  const Answer first = call("GET", "/keys?limit=2");
  EXPECT_EQ(first.body.at("data").as_array().size(), 2u);
  const Answer rest = call("GET", "/keys?limit=2&cursor=" + first.text("next_cursor"));
  EXPECT_EQ(rest.body.at("data").as_array().size(), 1u);
  EXPECT_TRUE(rest.body.at("next_cursor").is_null());
  EXPECT_EQ(call("GET", "/keys?limit=0").error("param"), "limit");
  EXPECT_EQ(call("GET", "/keys?filter=name%20%3D%20%22y%22").body.at("data").as_array().size(), 0u);
}

TEST(ApiRoutes, EachMutationIsAuditedAndDocumented) {
  store::testing::TestDb db(store::Dialect::Sqlite);
  store::testing::TempFolder folder;
  ASSERT_TRUE(store::migrate(*db, migrations()));
  const auto identity = Identity::open(*db, {.data_dir = folder.path()});
  ASSERT_TRUE(identity);
  for (const net::Route& route : api_routes(**identity)) {
    EXPECT_EQ(route.audit_action.empty(), route.method == net::Method::Get) << route.pattern;
    EXPECT_FALSE(route.summary.empty());
    EXPECT_NE(route.permission.access, net::Access::Public);
    if (!route.request_schema.empty()) {
      EXPECT_EQ(boost::json::parse(route.request_schema).at("type"), value("object"));
    }
  }
}

}  // namespace
}  // namespace tandem::identity
