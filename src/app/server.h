// Server: the composition root. Makes every part in the order of the layers, wires the ports, and
// takes them down in reverse. Everything that lives as long as the process lives in here.
//   TRY(auto server, Server::start(settings, options));
//   … server->reload(settings) on SIGHUP …
//   server->stop();                  // drains for at most limits::kDrainMs
#pragma once

#include <memory>
#include <string>

#include "app/settings.h"
#include "base/result.h"

namespace tandem::app {

class Server {
 public:
  // Errors say which part failed and what to do.
  static Result<std::unique_ptr<Server>> start(Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Providers, endpoints, prices and budgets of `next` at once, or nothing and an error. What only
  // counts at start (addresses, data folder, threads) is left as it was, with a warning.
  Result<void> reload(const Settings& next);
  void stop();
  // {"event":"ready",…}, one line.
  std::string ready_line() const;
  const std::string& openapi() const;  // what GET /openapi.json answers

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tandem::app
