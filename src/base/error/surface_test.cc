#include "base/error/surface.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "base/error/error_table.h"

namespace tandem {
namespace {

using boost::json::parse;

constexpr std::string_view kTrace = "0af7651916cd43dd8448eb211c80319c";

boost::json::value body(Surface surface, const Error& error) {
  return parse(error_body(surface, error, kTrace, "req_1"));
}

const Error kExample(Code::InvalidArgument, "temperature is 3.", "Send 0 to 2.", "temperature");

// interfaces.md: `/api/tandem/v1` uses {"error":{"code","message","hint","param","trace_id"}}.
TEST(ErrorBody, OfTandem) {
  EXPECT_EQ(body(Surface::Tandem, kExample), parse(R"({"error":{"code":"invalid_argument",
      "message":"temperature is 3.","hint":"Send 0 to 2.","param":"temperature",
      "trace_id":"0af7651916cd43dd8448eb211c80319c"}})"));
}

// platform.openai.com/docs/guides/error-codes and the error object of the API.
TEST(ErrorBody, OfOpenAi) {
  const auto error = body(Surface::OpenAi, kExample).at("error");
  EXPECT_EQ(error.at("message"), "temperature is 3. Send 0 to 2.");
  EXPECT_EQ(error.at("type"), "invalid_request_error");
  EXPECT_EQ(error.at("param"), "temperature");
  EXPECT_EQ(error.at("code"), "invalid_argument");
  EXPECT_TRUE(
      body(Surface::OpenAi, Error(Code::Internal, "A bug.")).at("error").at("param").is_null());
}

// docs.claude.com, "Errors": {"type":"error","error":{"type","message"},"request_id"}.
TEST(ErrorBody, OfAnthropic) {
  EXPECT_EQ(body(Surface::Anthropic, Error(Code::RateLimited, "Slow down.")),
            parse(R"({"type":"error","error":{"type":"rate_limit_error","message":"Slow down."},
                      "request_id":"req_1"})"));
  EXPECT_EQ(body(Surface::Anthropic, Error(Code::Overloaded, "x")).at("error").at("type"),
            "overloaded_error");
  EXPECT_EQ(body(Surface::Anthropic, Error(Code::Unauthenticated, "x")).at("error").at("type"),
            "authentication_error");
}

// google.aip.dev/193 and google/rpc/error_details.proto.
TEST(ErrorBody, OfGoogle) {
  Error error(Code::RateLimited, "Slow down.", "Come back later.", "model");
  error.retry_after_s = 30;
  EXPECT_EQ(body(Surface::Google, error), parse(R"({"error":{"code":429,
      "message":"Slow down. Come back later.","status":"RESOURCE_EXHAUSTED","details":[
      {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"rate_limit_exceeded",
       "domain":"tandem","metadata":{"trace_id":")" +
                                                std::string(kTrace) + R"("}},
      {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[
       {"field":"model","description":"Slow down."}]},
      {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"30s"}]}})"));
  EXPECT_EQ(body(Surface::Google, Error(Code::Unauthenticated, "x")).at("error").at("status"),
            "UNAUTHENTICATED");
  Error said(Code::UpstreamRejected, "x");
  said.upstream_status = 400;
  said.upstream_code = "FAILED_PRECONDITION";
  EXPECT_EQ(body(Surface::Google, said).at("error").at("status"), "FAILED_PRECONDITION");
}

TEST(ErrorBody, OfTheOthers) {
  const Error missing(Code::NotFound, "There is no model \"x\".");
  EXPECT_EQ(body(Surface::Mlflow, missing), parse(R"({"error_code":"RESOURCE_DOES_NOT_EXIST",
                      "message":"There is no model \"x\"."})"));
  // Open Inference Protocol v2, "Inference Response JSON Error Object".
  EXPECT_EQ(body(Surface::OpenInference, missing),
            parse(R"({"error":"There is no model \"x\"."})"));
  // google.rpc.Status: NOT_FOUND is 5.
  EXPECT_EQ(body(Surface::Otlp, missing),
            parse(R"({"code":5,"message":"There is no model \"x\"."})"));
  EXPECT_EQ(error_body(Surface::Plain, missing, kTrace, "req_1"), "There is no model \"x\".\n");
}

TEST(ErrorBody, WhatAProviderSaidIsPassedThrough) {
  Error error(Code::UpstreamRejected, "No such model.");
  error.upstream_status = 422;
  error.upstream_code = "model_weird";
  EXPECT_EQ(http_status(error), 422);
  EXPECT_EQ(surface_code(error), "model_weird");
  EXPECT_EQ(body(Surface::OpenAi, error).at("error").at("code"), "model_weird");
}

// RFC 9110 and grpc.io/docs/guides/status-codes.
TEST(ErrorTable, EveryRowIsOneThatClientsKnow) {
  const std::set<int> statuses = {400, 401, 403, 404, 405, 408, 409, 412, 413,
                                  415, 429, 431, 499, 500, 501, 502, 503, 504};
  std::set<std::string_view> names;
  for (const ErrorRow& row : error_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(statuses.contains(row.http_status)) << row.name;
    EXPECT_GE(row.grpc_code, 1) << row.name;
    EXPECT_LE(row.grpc_code, 16) << row.name;
    EXPECT_FALSE(row.meaning.empty());
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Code::kCount));
}

TEST(ErrorTable, ThePromisesOfTheInterfaces) {
  const auto row = [](Code code) { return error_row(code); };
  EXPECT_EQ(row(Code::EndpointNotAllowed).http_status, 403);
  EXPECT_EQ(row(Code::EndpointNotAllowed).name, "endpoint_not_allowed");
  EXPECT_EQ(row(Code::ModelNotFound).http_status, 404);
  EXPECT_EQ(row(Code::ModelNotFound).name, "model_not_found");
  EXPECT_EQ(row(Code::BudgetExceeded).http_status, 429);
  EXPECT_EQ(row(Code::BudgetExceeded).name, "budget_exceeded");
  EXPECT_EQ(row(Code::BudgetExceeded).retry, Retry::Never);
  EXPECT_EQ(row(Code::RateLimited).http_status, 429);
  EXPECT_EQ(row(Code::RateLimited).name, "rate_limit_exceeded");
  EXPECT_EQ(row(Code::RateLimited).retry, Retry::AfterWait);
}

TEST(Error, TellsItselfWithItsHintAndPlace) {
  EXPECT_EQ(kExample.describe(), "temperature is 3. (Send 0 to 2.)");
  EXPECT_EQ(Error(Code::Internal, "A bug.").describe(), "A bug.");
  EXPECT_EQ(Error(Code::NotFound, "gone").within("providers.x").message, "providers.x: gone");
}

}  // namespace
}  // namespace tandem
