#include "net/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Route route(Method method, std::string pattern) {
  Route out;
  out.method = method;
  out.pattern = std::move(pattern);
  out.handler = [](Exchange&) -> Task<Result<Response>> { co_return Response::empty(204); };
  return out;
}

Router table() {
  Routes routes;
  routes.push_back(route(Method::Get, "/health"));
  routes.push_back(route(Method::Get, "/api/tandem/v1/keys"));
  routes.push_back(route(Method::Post, "/api/tandem/v1/keys"));
  routes.push_back(route(Method::Get, "/api/tandem/v1/keys/{id}"));
  routes.push_back(route(Method::Delete, "/api/tandem/v1/keys/{id}"));
  routes.push_back(route(Method::Put, "/api/tandem/v1/budgets/{scope}/{id}"));
  routes.push_back(route(Method::Get, "/v1/models/{id*}"));
  routes.push_back(route(Method::Post, "/v1beta/models/{model}:generate"));
  routes.push_back(route(Method::Post, "/v1beta/models/{model}:streamGenerate"));
  return *Router::build(std::move(routes));
}

struct Found {
  std::string pattern;
  PathParams params;
};

Result<Found> find(const Router& router, std::string_view method, std::string_view path) {
  Found found;
  TRY(const Route* match, router.find(method, path, found.params));
  found.pattern = match->pattern;
  return found;
}

TEST(Router, FindsByMethodAndPath) {
  const Router router = table();
  EXPECT_EQ(find(router, "GET", "/health")->pattern, "/health");
  PathParams params;
  EXPECT_EQ((*router.find("GET", "/api/tandem/v1/keys", params))->method, Method::Get);
  EXPECT_EQ((*router.find("POST", "/api/tandem/v1/keys", params))->method, Method::Post);
  EXPECT_EQ((*router.find("HEAD", "/health", params))->method, Method::Get);
}

TEST(Router, DecodesPathParameters) {
  const Router router = table();
  const auto key = find(router, "DELETE", "/api/tandem/v1/keys/key_1%20x");
  ASSERT_TRUE(key);
  EXPECT_THAT(key->params, ElementsAre(Pair("id", "key_1 x")));
  const auto budget = find(router, "PUT", "/api/tandem/v1/budgets/project/a%2Fb");
  ASSERT_TRUE(budget);
  EXPECT_THAT(budget->params, ElementsAre(Pair("scope", "project"), Pair("id", "a/b")));
}

TEST(Router, ARestTakesEverySegmentThatFollows) {
  const Router router = table();
  EXPECT_THAT(find(router, "GET", "/v1/models/org/model")->params,
              ElementsAre(Pair("id", "org/model")));
  EXPECT_THAT(find(router, "GET", "/v1/models/one")->params, ElementsAre(Pair("id", "one")));
}

TEST(Router, AVerbEndsASegment) {
  const Router router = table();
  const auto chat = find(router, "POST", "/v1beta/models/chat:generate");
  ASSERT_TRUE(chat);
  EXPECT_EQ(chat->pattern, "/v1beta/models/{model}:generate");
  EXPECT_THAT(chat->params, ElementsAre(Pair("model", "chat")));
  EXPECT_THAT(find(router, "POST", "/v1beta/models/a:b:streamGenerate")->params,
              ElementsAre(Pair("model", "a:b")));
  EXPECT_THAT(find(router, "POST", "/v1beta/models/a%2Fb%3Agenerate")->params,
              ElementsAre(Pair("model", "a/b")));
  for (const char* path : {"/v1beta/models/chat", "/v1beta/models/:generate",
                           "/v1beta/models/chat:other", "/v1beta/models/chat:generate/x"}) {
    EXPECT_FALSE(find(router, "POST", path)) << path;
  }
}

TEST(Router, APathThatIsNotThereIsNotFound) {
  const Router router = table();
  for (const char* path : {"/", "/nothing", "/api/tandem/v1/keys/", "/api/tandem/v1/keys/a/b",
                           "/api/tandem/v1/keys/%zz", "/health/", "//health", "/HEALTH"}) {
    const auto found = find(router, "GET", path);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().code, Code::NotFound) << path;
    EXPECT_THAT(found.error().message, HasSubstr(path));
  }
}

TEST(Router, AnotherMethodIsNotAllowedAndTheHintNamesWhich) {
  const Router router = table();
  const auto keys = find(router, "PUT", "/api/tandem/v1/keys");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::MethodNotAllowed);
  EXPECT_EQ(keys.error().hint, "Use GET or POST.");
  EXPECT_EQ(find(router, "PATCH", "/api/tandem/v1/keys/x").error().hint, "Use GET or DELETE.");
  EXPECT_EQ(find(router, "HEAD", "/api/tandem/v1/budgets/a/b").error().hint, "Use PUT.");
  EXPECT_EQ(router.allowed("/api/tandem/v1/keys"), "GET, POST");
  EXPECT_EQ(router.allowed("/nothing"), "");
}

TEST(Router, RefusesTablesThatCannotWork) {
  Routes twice;
  twice.push_back(route(Method::Get, "/a/{x}"));
  twice.push_back(route(Method::Get, "/a/{x}"));
  EXPECT_FALSE(Router::build(std::move(twice)));
  Routes idle;
  idle.push_back(route(Method::Get, "/a"));
  idle.back().handler = nullptr;
  EXPECT_FALSE(Router::build(std::move(idle)));
}

TEST(Router, NamesPermissionsAsTheDocumentationDoes) {
  EXPECT_EQ((Permission{Access::Public, ""}).name(), "public");
  EXPECT_EQ((Permission{Access::Write, "keys"}).name(), "keys:write");
  EXPECT_EQ((Permission{Access::Call, "endpoints"}).name(), "endpoints:call");
}

// Where there is no route, the path says in which protocol the error is written.
TEST(Router, KnowsTheProtocolOfAPath) {
  const Router router = table();
  EXPECT_EQ(router.surface_of("/v1/unknown"), Surface::OpenAi);
  EXPECT_EQ(router.surface_of("/v1/messages/batches"), Surface::Anthropic);
  EXPECT_EQ(router.surface_of("/v2/models/x/infer"), Surface::OpenInference);
  EXPECT_EQ(router.surface_of("/api/2.0/mlflow/x"), Surface::Mlflow);
  EXPECT_EQ(router.surface_of("/api/tandem/v1/x"), Surface::Tandem);
}

}  // namespace
}  // namespace tandem::net
