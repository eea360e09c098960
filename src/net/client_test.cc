// The client against a server of raw bytes that does what providers do on bad days.
#include "net/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

namespace tandem::net {
namespace {

using testing::HasSubstr;

// What one connection is answered: for each request, bytes to send; then it is closed or left open.
struct Script {
  std::vector<std::string> answers;
  bool close_after = true;
  bool close_at_once = false;  // before any request
};

class RawServer {
 public:
  RawServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int fd : open_) ::close(fd);
  }

  void add(Script script) {
    const std::lock_guard lock(mutex_);
    scripts_.push_back(std::move(script));
  }
  Origin origin() const { return {false, "127.0.0.1", std::to_string(port_)}; }
  int connections() const { return connections_; }
  std::string requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      Script script;
      {
        const std::lock_guard lock(mutex_);
        if (!scripts_.empty()) {
          script = scripts_.front();
          scripts_.pop_front();
        }
      }
      if (!script.close_at_once) {
        for (const std::string& answer : script.answers) {
          if (!read_request(fd)) break;
          ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
      }
      script.close_after ? static_cast<void>(::close(fd)) : open_.push_back(fd);
    }
  }
  // The requests of these tests have no body.
  bool read_request(int fd) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      char buffer[1024];
      const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      text.append(buffer, static_cast<size_t>(count));
    }
    const std::lock_guard lock(mutex_);
    requests_ += text;
    return true;
  }

  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
  std::vector<int> open_;  // of the thread
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::deque<Script> scripts_;
  std::string requests_;
};

constexpr const char* kHello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    client_ = std::make_unique<Client>(threads_.at(0), ClientOptions{});
    threads_.start();
  }
  ~ClientTest() override {
    threads_.run_on(0, [&](IoThread&) { client_.reset(); });
    threads_.stop();
  }

  Result<std::string> get(const Origin& origin, ClientTimeouts timeouts = {},
                          size_t max_bytes = 1 << 20, CancelSource* cancel = nullptr,
                          std::string_view method = "GET") {
    std::optional<Result<std::string>> out;
    threads_.run_task(0, [&](IoThread&) -> Task<void> {
      const ClientRequest request{origin, method, "/path?x=1", "x-mine: yes\r\n", ""};
      auto response = co_await client_->send(request, timeouts, cancel);
      if (!response) {
        out.emplace(fail(std::move(response).error()));
        co_return;
      }
      out.emplace(co_await Client::read_all(**response, max_bytes));
    });
    return *std::move(out);
  }

  RawServer server_;
  IoThreads threads_{1};
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, SendsARequestThatServersRead) {
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  const std::string request = server_.requests();
  EXPECT_EQ(request.substr(0, request.find("\r\n")), "GET /path?x=1 HTTP/1.1");
  EXPECT_THAT(request, HasSubstr("\r\nhost: " + server_.origin().authority() + "\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nx-mine: yes\r\n"));
}

TEST_F(ClientTest, ReadsEveryWayToEndABody) {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",  // RFC 9112 section 6.3: until close
        "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nhello"}) {
    server_.add({{answer}});
    const auto body = get(server_.origin());
    ASSERT_TRUE(body) << answer << body.error().message;
    EXPECT_EQ(*body, "hello") << answer;
  }
}

TEST_F(ClientTest, InterimAnswersAreSkipped) {
  server_.add({{std::string("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
                            "HTTP/1.1 100 Continue\r\n\r\n") +
                kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
}

TEST_F(ClientTest, AConnectionIsUsedAgain) {
  server_.add({{kHello, kHello, kHello}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(ClientTest, AConnectionThatWasClosedMeanwhileIsReplaced) {
  server_.add({{kHello}});  // then it closes
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(server_.connections(), 2);
}

// Whoever read a POST and then closed may have done what it asked: twice would be billed twice.
TEST_F(ClientTest, APostThatMayHaveBeenReadIsNotSentAgain) {
  server_.add({{kHello, ""}});  // answers once, reads another request and closes
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  const auto second = get(server_.origin(), {}, 1 << 20, nullptr, "POST");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::UpstreamError);
  EXPECT_EQ(server_.connections(), 1);
  const std::string seen = server_.requests();
  EXPECT_EQ(seen.find("POST"), seen.rfind("POST"));
}

TEST_F(ClientTest, AGetIsSentAgain) {
  server_.add({{kHello, ""}});
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(ClientTest, ConnectionCloseIsHeeded) {
  const std::string last = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";
  server_.add({{last}, false});
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(server_.connections(), 2);
}

// Bytes behind an answer are no answer to the next request.
TEST_F(ClientTest, AConnectionWithLeftOversIsNotUsedAgain) {
  server_.add({{std::string(kHello) + "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"}, false});
  server_.add({{kHello}});
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(*get(server_.origin()), "hello");
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(ClientTest, ACutBodyIsAnError) {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"}) {
    server_.add({{answer}});
    const auto body = get(server_.origin());
    ASSERT_FALSE(body) << answer;
    EXPECT_EQ(body.error().code, Code::UpstreamError) << answer;
  }
}

TEST_F(ClientTest, WhatIsNoHttpIsAnError) {
  for (const std::string& answer :
       {std::string("hello\r\n\r\n"), std::string(""),
        std::string("HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nx: " + std::string(1 << 20, 'x') + "\r\n\r\n"}) {
    server_.add({{answer}});
    const auto body = get(server_.origin());
    ASSERT_FALSE(body) << answer.substr(0, 40);
    EXPECT_EQ(body.error().code, Code::UpstreamError) << body.error().message;
  }
}

TEST_F(ClientTest, NobodyThere) {
  const auto body = get({false, "127.0.0.1", "1"});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::UpstreamError);
  EXPECT_THAT(body.error().message, HasSubstr("127.0.0.1"));
}

TEST_F(ClientTest, SilenceBeforeTheHeadRunsIntoFirstByte) {
  server_.add({{""}, false});
  const auto body = get(server_.origin(), {1'000, 30, 60'000, {}});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::DeadlineExceeded);
}

TEST_F(ClientTest, SilenceInsideTheBodyRunsIntoIdle) {
  server_.add({{"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"}, false});
  const auto body = get(server_.origin(), {1'000, 60'000, 30, {}});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::DeadlineExceeded);
}

TEST_F(ClientTest, TheTotalBoundsEverything) {
  server_.add({{"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"}, false});
  const ClientTimeouts timeouts{1'000, 60'000, 60'000, Deadline::after_ms(30, steady_now_us())};
  const auto body = get(server_.origin(), timeouts);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::DeadlineExceeded);
}

TEST_F(ClientTest, ACallThatIsCancelledEnds) {
  server_.add({{""}, false});
  CancelSource cancel;
  std::thread canceller([&] {
    while (server_.requests().empty()) std::this_thread::yield();
    threads_.run_on(0, [&](IoThread&) { cancel.fire(); });
  });
  const auto body = get(server_.origin(), {}, 1 << 20, &cancel);
  canceller.join();
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::Cancelled);
}

TEST_F(ClientTest, ABodyLargerThanAskedForIsRefused) {
  server_.add({{kHello}});
  EXPECT_EQ(get(server_.origin(), {}, 4).error().code, Code::PayloadTooLarge);
  server_.add({{kHello}});
  EXPECT_TRUE(get(server_.origin(), {}, 5));
}

TEST_F(ClientTest, HttpsNeedsToBeSetUp) {
  Origin origin = server_.origin();
  origin.tls = true;
  EXPECT_FALSE(get(origin));
}

}  // namespace
}  // namespace tandem::net
