#include "net/local_exchange.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tandem::net {
namespace {

class LocalExchangeTest : public ::testing::Test {
 protected:
  LocalExchangeTest() {
    route_.method = Method::Post;
    route_.pattern = "/v1/echo";
    route_.surface = Surface::OpenAi;
  }
  ~LocalExchangeTest() override { threads_.stop(); }

  // Runs `handler` on an exchange with the body "hello" and keeps what it answered.
  void run(StreamHandler handler) {
    threads_.start();
    threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
      LocalExchange exchange(thread, route_, "hello");
      exchange.add_header("x-session-id", "batch_1");
      exchange.end(co_await handler(exchange));
      answer_ = exchange.answer();
      error_ = exchange.error();
      request_id_ = exchange.context().request_id;
      bytes_sent_ = exchange.bytes_sent();
    });
  }

  Route route_;
  IoThreads threads_{1};
  Response answer_;
  std::optional<Error> error_;
  RequestId request_id_;
  uint64_t bytes_sent_ = 0;
};

TEST_F(LocalExchangeTest, AHandlerSeesARequestAndItsAnswerIsKept) {
  run([](Exchange& exchange) -> Task<Result<void>> {
    EXPECT_EQ(exchange.request().method(), "POST");
    EXPECT_EQ(exchange.request().path(), "/v1/echo");
    EXPECT_EQ(exchange.request().header("X-Session-Id"), "batch_1");
    EXPECT_EQ(exchange.request().wire_body_bytes(), 5u);
    EXPECT_FALSE(exchange.started());
    co_return co_await exchange.respond(Response::json(201, exchange.request().take_body()));
  });
  EXPECT_EQ(answer_.status, 201);
  EXPECT_EQ(answer_.body, "hello");
  EXPECT_EQ(bytes_sent_, 5u);
  EXPECT_FALSE(error_);
}

TEST_F(LocalExchangeTest, AStreamIsKeptWhole) {
  run([](Exchange& exchange) -> Task<Result<void>> {
    exchange.start(200, "text/event-stream", "x-a: 1\r\n");
    CO_TRY_VOID(co_await exchange.write("data: 1\n\n"));
    co_return co_await exchange.finish("data: [DONE]\n\n");
  });
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.content_type, "text/event-stream");
  EXPECT_EQ(answer_.header_block, "x-a: 1\r\n");
  EXPECT_EQ(answer_.body, "data: 1\n\ndata: [DONE]\n\n");
}

TEST_F(LocalExchangeTest, TheBodyOfAStreamingRouteComesInOnePiece) {
  run([](Exchange& exchange) -> Task<Result<void>> {
    CO_TRY(const std::string_view first, co_await exchange.read_body());
    EXPECT_EQ(first, "hello");
    CO_TRY(const std::string_view second, co_await exchange.read_body());
    EXPECT_EQ(second, "");
    co_return co_await exchange.respond(Response::empty(204));
  });
  EXPECT_EQ(answer_.status, 204);
}

TEST_F(LocalExchangeTest, AnErrorBecomesTheAnswerInTheShapeOfTheRoute) {
  run([](Exchange& exchange) -> Task<Result<void>> {
    exchange.set_error_headers("x-tandem-endpoint: chat\r\n");
    co_return fail(Code::ModelNotFound, "There is no endpoint named \"x\".", "", "model");
  });
  EXPECT_EQ(answer_.status, 404);
  EXPECT_EQ(answer_.header_block, "x-tandem-endpoint: chat\r\n");
  const auto body = boost::json::parse(answer_.body);
  EXPECT_EQ(body.at("error").at("code"), "model_not_found");
  EXPECT_EQ(body.at("error").at("param"), "model");
  ASSERT_TRUE(error_);
  EXPECT_EQ(error_->code, Code::ModelNotFound);
}

TEST_F(LocalExchangeTest, EachHasARequestIdOfItsOwn) {
  RequestId seen;
  run([&seen](Exchange& exchange) -> Task<Result<void>> {
    seen = exchange.context().request_id;
    co_return co_await exchange.respond(Response::empty(204));
  });
  EXPECT_FALSE(seen.empty());
  EXPECT_EQ(seen, request_id_);
}

}  // namespace
}  // namespace tandem::net
