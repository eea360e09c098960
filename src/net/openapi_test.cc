// Against the OpenAPI 3.1 specification (spec.openapis.org/oas/v3.1.0), read by another JSON
// reader.
#include "net/openapi.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

namespace tandem::net {
namespace {

namespace bj = boost::json;

Route route(Method method, std::string pattern) {
  Route out;
  out.method = method;
  out.pattern = std::move(pattern);
  out.summary = "A summary";
  return out;
}

bj::value document(Routes routes) {
  return bj::parse(openapi_json(routes, "1.2.3"));
}

TEST(OpenApi, HasWhatEveryDocumentMustHave) {
  const bj::value doc = document({route(Method::Get, "/a")});
  EXPECT_EQ(doc.at("openapi"), "3.1.0");
  EXPECT_EQ(doc.at("info").at("title"), "Tandem");
  EXPECT_EQ(doc.at("info").at("version"), "1.2.3");
  EXPECT_TRUE(doc.at("paths").is_object());
  EXPECT_EQ(doc.at("components").at("securitySchemes").at("key").at("scheme"), "bearer");
}

TEST(OpenApi, DescribesAnOperation) {
  Route create = route(Method::Post, "/api/tandem/v1/keys");
  create.permission = {Access::Write, "keys"};
  create.audit_action = "keys.create";
  create.tag = "keys";
  create.description = "Longer.";
  create.success_status = 201;
  create.request_schema = R"({"type":"object","required":["name"]})";
  create.response_schema = R"({"type":"object"})";
  create.parameters = {{"idempotency-key", ParameterDoc::In::Header, "string", "Once.", false}};
  const bj::value doc = document({create});
  const bj::value& operation = doc.at("paths").at("/api/tandem/v1/keys").at("post");
  EXPECT_EQ(operation.at("operationId"), "post_api_tandem_v1_keys");
  EXPECT_EQ(operation.at("summary"), "A summary");
  EXPECT_EQ(operation.at("tags"), bj::parse(R"(["keys"])"));
  EXPECT_EQ(operation.at("x-permission"), "keys:write");
  EXPECT_EQ(operation.at("x-audit-action"), "keys.create");
  EXPECT_EQ(operation.at("requestBody").at("content").at("application/json").at("schema"),
            bj::parse(R"({"type":"object","required":["name"]})"));
  EXPECT_EQ(operation.at("responses").at("201").at("content").at("application/json").at("schema"),
            bj::parse(R"({"type":"object"})"));
  EXPECT_EQ(operation.at("responses").at("default").at("$ref"), "#/components/responses/Error");
  EXPECT_EQ(operation.at("parameters"), bj::parse(R"([{"name":"idempotency-key","in":"header",
      "required":false,"description":"Once.","schema":{"type":"string"}}])"));
}

// "each template expression in the path MUST correspond to a path parameter", and those are
// required.
TEST(OpenApi, EveryPlaceInAPathIsAParameter) {
  Route put = route(Method::Put, "/budgets/{scope}/{id}");
  put.parameters = {{"id", ParameterDoc::In::Path, "string", "Which.", false}};
  const bj::value doc = document({put, route(Method::Get, "/v1/models/{id*}")});
  std::set<std::string> names;
  for (const bj::value& parameter :
       doc.at("paths").at("/budgets/{scope}/{id}").at("put").at("parameters").as_array()) {
    EXPECT_EQ(parameter.at("in"), "path");
    EXPECT_EQ(parameter.at("required"), true);
    names.insert(std::string(parameter.at("name").as_string()));
  }
  EXPECT_EQ(names, (std::set<std::string>{"scope", "id"}));
  EXPECT_TRUE(doc.at("paths").as_object().contains("/v1/models/{id}"));
}

TEST(OpenApi, OperationIdsAreUnique) {
  const bj::value doc = document({route(Method::Get, "/keys"), route(Method::Post, "/keys"),
                                  route(Method::Get, "/keys/{id}")});
  std::set<std::string> ids;
  for (const auto& path : doc.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      const std::string id(operation.value().at("operationId").as_string());
      EXPECT_TRUE(ids.insert(id).second) << id;
    }
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST(OpenApi, PublicRoutesNeedNoKeyAndHiddenOnesAreLeftOut) {
  Route open = route(Method::Get, "/health");
  open.permission = {Access::Public, ""};
  Route hidden = route(Method::Get, "/alias");
  hidden.hidden = true;
  const bj::value doc = document({open, hidden});
  EXPECT_EQ(doc.at("paths").at("/health").at("get").at("security"), bj::parse("[]"));
  EXPECT_FALSE(doc.at("paths").as_object().contains("/alias"));
}

TEST(OpenApi, ErrorsListTheCodesOfTheTable) {
  const bj::value doc = document({});
  const bj::value& code = doc.at("components")
                              .at("schemas")
                              .at("Error")
                              .at("properties")
                              .at("error")
                              .at("properties")
                              .at("code");
  const bj::array& codes = code.at("enum").as_array();
  EXPECT_NE(std::find(codes.begin(), codes.end(), bj::value("budget_exceeded")), codes.end());
}

}  // namespace
}  // namespace tandem::net
