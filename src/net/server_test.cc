// The server and the client against each other and against raw bytes, over loopback.
#include "net/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "net/client.h"

namespace tandem::net {
namespace {

struct OpenGate final : Gatekeeper {
  Result<void> admit(const Route& route, const Request& request, RequestContext&) override {
    if (route.permission.access != Access::Public && request.header("authorization").empty()) {
      return fail(Code::Unauthenticated, "No key.", "Send one.");
    }
    return {};
  }
};

Route plain_route(Method method, std::string pattern, ApiHandler handler) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.permission = {Access::Public, ""};
  route.max_body_bytes = 100'000;
  route.handler = std::move(handler);
  return route;
}

Task<Result<Response>> echo(Exchange& exchange) {
  co_return Response::text(200, exchange.request().take_body());
}

Task<Result<Response>> greet(Exchange& exchange) {
  co_return Response::text(200, "hello " + std::string(exchange.request().path_param("name")));
}

Task<Result<void>> count(Exchange& exchange) {
  exchange.start(200, "text/event-stream", "");
  for (int i = 0; i < 3; ++i) {
    CO_TRY_VOID(co_await exchange.write("data: " + std::to_string(i) + "\n\n"));
  }
  co_return co_await exchange.finish("data: [DONE]\n\n");
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Routes routes;
    routes.push_back(plain_route(Method::Post, "/echo", echo));
    routes.push_back(plain_route(Method::Get, "/greet/{name}", greet));
    Route stream = plain_route(Method::Get, "/count", nullptr);
    stream.stream_handler = count;
    routes.push_back(stream);
    Route closed = plain_route(Method::Post, "/v1/closed", echo);
    closed.permission = {Access::Call, "models"};
    closed.surface = Surface::OpenAi;
    routes.push_back(closed);
    auto router = Router::build(std::move(routes));
    ASSERT_TRUE(router);
    ServerOptions options;
    options.port = 0;
    server_ = std::make_unique<Server>(options, threads_, *std::move(router), gate_, nullptr);
    threads_.start();
    ASSERT_TRUE(server_->listen());
  }
  void TearDown() override {
    server_->drain(200);
    threads_.stop();
  }

  // Sends raw bytes, closes nothing, reads until the server closes or `until` appears.
  std::string raw(std::string_view bytes, std::string_view until) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval timeout{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string got;
    char buffer[4096];
    while (until.empty() || got.find(until) == std::string::npos) {
      const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      got.append(buffer, static_cast<size_t>(count));
    }
    ::close(fd);
    return got;
  }

  IoThreads threads_{2};
  OpenGate gate_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  const std::string got =
      raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
          "GET /greet/b%C3%A4r HTTP/1.1\r\nhost: x\r\n\r\n",
          "hello");
  EXPECT_NE(got.find("HTTP/1.1 200 OK"), std::string::npos);
  EXPECT_NE(got.find("\r\n\r\nabc"), std::string::npos);
  EXPECT_NE(got.find("hello b\xC3\xA4r"), std::string::npos);
  EXPECT_NE(got.find("x-tandem-trace-id: "), std::string::npos);
}

TEST_F(ServerTest, ContinuesAnIncomingTrace) {
  const std::string got =
      raw("GET /greet/x HTTP/1.1\r\nhost: x\r\n"
          "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
          "hello");
  EXPECT_NE(got.find("x-tandem-trace-id: 4bf92f3577b34da6a3ce929d0e0e4736"), std::string::npos);
}

TEST_F(ServerTest, ReadsChunkedAndCompressedBodies) {
  EXPECT_NE(raw("POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n",
                "abcdefg")
                .find("abcdefg"),
            std::string::npos);
  std::string packed(200, '\0');
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string text = "gzip round trip";
  z.next_in = reinterpret_cast<Bytef*>(text.data());
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = 200;
  deflate(&z, Z_FINISH);
  packed.resize(200 - z.avail_out);
  deflateEnd(&z);
  EXPECT_NE(raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-encoding: gzip\r\ncontent-length: " +
                    std::to_string(packed.size()) + "\r\n\r\n" + packed,
                text)
                .find(text),
            std::string::npos);
}

TEST_F(ServerTest, RefusesABombWhileItIsSmall) {
  const std::string zeros(5'000'000, '\0');
  std::string packed(compressBound(zeros.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(zeros.data()), zeros.size());
  packed.resize(size);
  EXPECT_NE(raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-encoding: deflate\r\ncontent-length: " +
                    std::to_string(packed.size()) + "\r\n\r\n" + packed,
                "unpacks")
                .find(" 413 "),
            std::string::npos);
}

TEST_F(ServerTest, RefusesABodyOverTheLimitBeforeItIsRead) {
  const std::string got =
      raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100001\r\n\r\n", "");
  EXPECT_NE(got.find(" 413 "), std::string::npos);
  EXPECT_NE(got.find("100001 bytes"), std::string::npos);
  EXPECT_NE(got.find("connection: close"), std::string::npos);
}

TEST_F(ServerTest, CountsChunkedBodiesAgainstTheLimit) {
  std::string request = "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3; ++i) request += "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  request += "8000\r\n";
  EXPECT_NE(raw(request, "").find(" 413 "), std::string::npos);
}

TEST_F(ServerTest, SaysContinueOnlyWhenTheBodyIsWanted) {
  EXPECT_EQ(
      raw("POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n",
          "100 Continue")
          .find("HTTP/1.1 100 Continue\r\n\r\n"),
      0u);
  EXPECT_EQ(raw("POST /v1/closed HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
                "content-length: 3\r\n\r\n",
                "")
                .find("HTTP/1.1 401"),
            0u);
}

TEST_F(ServerTest, WritesErrorsInTheProtocolOfThePath) {
  EXPECT_NE(raw("POST /v1/closed HTTP/1.1\r\nhost: x\r\n\r\n", "}")
                .find(R"({"error":{"message":"No key. Send one.","type":"authentication_error")"),
            std::string::npos);
  EXPECT_NE(raw("GET /v2/nothing HTTP/1.1\r\nhost: x\r\n\r\n", "}").find(R"({"error":"There is)"),
            std::string::npos);
  EXPECT_NE(raw("DELETE /echo HTTP/1.1\r\nhost: x\r\n\r\n", "}").find("405 Method Not Allowed"),
            std::string::npos);
  EXPECT_NE(raw("BAD\r\n\r\n", "}").find(" 400 "), std::string::npos);
}

TEST_F(ServerTest, RefusesSmuggling) {
  EXPECT_NE(
      raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
          "}")
          .find(" 400 "),
      std::string::npos);
  EXPECT_NE(raw("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n"
                "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                "}")
                .find(" 400 "),
            std::string::npos);
}

TEST_F(ServerTest, RefusesEndlessHeaders) {
  std::string request = "GET /greet/x HTTP/1.1\r\nhost: x\r\n";
  for (int i = 0; i < 200; ++i) request += "x-" + std::to_string(i) + ": 1\r\n";
  EXPECT_NE(raw(request + "\r\n", "}").find(" 431 "), std::string::npos);
  EXPECT_NE(raw("GET /greet/x HTTP/1.1\r\nx: " + std::string(80'000, 'y'), "}").find(" 431 "),
            std::string::npos);
}

TEST_F(ServerTest, ClientReadsStreamsAndReusesConnections) {
  std::vector<std::string> bodies;
  threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
    Client client(thread, {});
    const Origin origin{false, "127.0.0.1", std::to_string(server_->port())};
    for (int i = 0; i < 3; ++i) {
      const ClientRequest request{origin, "GET", "/count", "", ""};
      auto response = co_await client.send(request, {}, nullptr);
      if (!response) continue;
      auto body = co_await Client::read_all(**response, 1000);
      bodies.push_back(body ? *body : body.error().message);
    }
  });
  EXPECT_EQ(bodies,
            std::vector<std::string>(3, "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: [DONE]\n\n"));
}

TEST_F(ServerTest, ClientSaysWhoRefused) {
  Error error;
  threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
    Client client(thread, {});
    const Origin origin{false, "127.0.0.1", "1"};
    const ClientRequest request{origin, "GET", "/", "", ""};
    auto response = co_await client.send(request, {}, nullptr);
    if (!response) error = response.error();
  });
  EXPECT_EQ(error.code, Code::UpstreamError);
  EXPECT_NE(error.message.find("127.0.0.1:1 failed while connecting"), std::string::npos);
}

}  // namespace
}  // namespace tandem::net
