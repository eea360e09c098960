// PostgresServer: a real PostgreSQL in a temporary folder, on a Unix socket, for the tests of one
// process. The server refuses to run as root: then it runs as the user `postgres`. It dies with the
// process, even when that is killed. For tests only; call from the main thread.
//   PostgresServer& server = PostgresServer::shared();   // started by the first call
//   auto db = open_postgres(server.conninfo());
#pragma once

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "store/testing/temp_folder.h"

namespace tandem::store::testing {

class PostgresServer {
 public:
  // The server of this process, stopped at its end.
  static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }

  PostgresServer() {
    namespace fs = std::filesystem;
    fs::permissions(folder_.path(), fs::perms::owner_all);
    if (::geteuid() == 0) {
      const passwd* user = ::getpwnam("postgres");
      if (user == nullptr) {
        throw std::runtime_error(
            "PostgreSQL refuses to run as root and there is no user postgres: "
            "install postgresql-15 or run the tests as another user");
      }
      if (::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give the test folder to the user postgres");
      }
    }
    run({binary("initdb"), "-D", data(), "-U", "tandem", "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8"});
    start();
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer() { stop(); }

  std::string conninfo() const {
    return "host=" + folder_.path().string() + " port=5432 user=tandem dbname=postgres";
  }

  void start() {
    server_ = spawn({binary("postgres"), "-D", data(), "-k", folder_.path().string(), "-c",
                     "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"});
    const std::vector<std::string> probe = {binary("pg_isready"), "-q", "-h",
                                            folder_.path().string()};
    for (int attempt = 0; attempt < 600; ++attempt) {
      if (exit_code(spawn(probe)) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("PostgreSQL did not start: see " + log());
  }

  // Ends every connection at once, as an administrator's fast restart does.
  void stop() {
    if (server_ <= 0) return;
    ::kill(server_, SIGINT);
    exit_code(server_);
    server_ = -1;
  }

 private:
  std::string data() const { return folder_.path().string() + "/data"; }
  std::string log() const { return folder_.path().string() + "/server.log"; }

  static std::string binary(const std::string& name) {
    std::vector<std::string> folders;
    if (const char* chosen = std::getenv("TANDEM_POSTGRES_BIN")) folders.push_back(chosen);
    for (int version = 18; version >= 15; --version) {
      folders.push_back("/usr/lib/postgresql/" + std::to_string(version) + "/bin");
    }
    folders.push_back("/usr/local/pgsql/bin");
    for (const std::string& folder : folders) {
      const std::string path = folder + "/" + name;
      if (::access(path.c_str(), X_OK) == 0) return path;
    }
    throw std::runtime_error("the tests need PostgreSQL 15 or newer and found no " + name +
                             ": run `apt-get install postgresql-15`, or set TANDEM_POSTGRES_BIN to "
                             "the folder with its programs");
  }

  pid_t spawn(std::vector<std::string> command) const {
    // The server must not outlive a killed test: the kernel then sends it SIGQUIT.
    std::vector<std::string> words = {"setpriv", "--pdeathsig", "SIGQUIT"};
    if (::geteuid() == 0) {
      words.insert(words.end(), {"--reuid=postgres", "--regid=postgres", "--clear-groups"});
    }
    words.insert(words.end(), command.begin(), command.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const std::string output = log();
    ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_CREAT | O_WRONLY | O_APPEND,
                                       0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = -1;
    const int failed =
        ::posix_spawnp(&child, "setpriv", &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot run setpriv (of util-linux)");
    return child;
  }

  static int exit_code(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void run(const std::vector<std::string>& command) const {
    if (exit_code(spawn(command)) != 0) {
      throw std::runtime_error(command.front() + " failed: see " + log());
    }
  }

  TempFolder folder_;
  pid_t server_ = -1;
};

}  // namespace tandem::store::testing
