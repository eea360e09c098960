// What the tests of this folder share: io threads to call from, a fake llama-server whose behaviour
// its arguments choose, and blocking HTTP.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/async/io_threads.h"
#include "engines/llama/llama_server.h"

namespace tandem::engines {

// The body of the answer from base_url + path, nullopt where nobody answers with 200. A GET, or a
// POST where there is a `body`.
inline std::optional<std::string> fetch(const std::string& base_url, const std::string& path,
                                        const std::string& key = {}, const std::string& body = {}) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(base_url.substr(17))));
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    std::string request = (body.empty() ? "GET " : "POST ") + path +
                          " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    if (!key.empty()) request += "authorization: Bearer " + key + "\r\n";
    request += "content-type: application/json\r\n";
    request += "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    char buffer[4096];
    ssize_t count;
    while ((count = ::recv(socket, buffer, sizeof(buffer), 0)) > 0) {
      answer.append(buffer, static_cast<size_t>(count));
    }
  }
  ::close(socket);
  const size_t end = answer.find("\r\n\r\n");
  if (answer.size() < 12 || answer.substr(9, 3) != "200" || end == std::string::npos) return {};
  return answer.substr(end + 4);
}

// Waits until process `pid` (not necessarily a child of ours) has ended; false after 10 s.
inline bool has_ended(pid_t pid) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno == ESRCH;
  pollfd wanted{process, POLLIN, 0};
  const int ready = ::poll(&wanted, 1, 10'000);
  ::close(process);
  return ready == 1;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-llama.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    threads_.start();
  }
  ~ServerTest() override {
    threads_.stop();
    std::filesystem::remove_all(folder_);
  }

  LlamaOptions fake(std::vector<std::string> arguments = {}) const {
    LlamaOptions options;
    options.name = "fake";
    options.model_file = "fake.gguf";
    options.program =
        std::string(TANDEM_ENGINES_TESTDATA) + "/../llama/testdata/fake_llama_server.py";
    options.more_arguments = std::move(arguments);
    options.restart = {.first_delay_ms = 1,
                       .max_delay_ms = 5,
                       .crashes_in_a_row = 3,
                       .stable_ms = 600'000,
                       .cool_down_ms = 600'000};
    return options;
  }

  // Blocks until the call has its answer.
  Result<Lease> acquire(LlamaServer& server, int64_t timeout_ms = 60'000, size_t thread = 0) {
    std::optional<Result<Lease>> result;
    threads_.run_task(thread, [&](IoThread&) -> Task<void> {
      result.emplace(co_await server.acquire(Deadline::after_ms(timeout_ms, steady_now_us())));
    });
    return *std::move(result);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void touch(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }

  std::filesystem::path folder_;  // empty at the start, removed at the end
  IoThreads threads_{2};
  Supervisor supervisor_;
};

}  // namespace tandem::engines
