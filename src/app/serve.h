// `tandem serve` and `tandem config print`: settings from file, environment and flags, signals, and
// the life of the server.
#pragma once

#include <string>

namespace tandem::app {

struct ServeFlags {
  std::string config_file;
  std::string data_dir;
  std::string listen;
  std::string grpc_listen;
  bool check = false;
};

int serve_command(const ServeFlags& flags);
int print_config_command(const ServeFlags& flags);

}  // namespace tandem::app
