#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/client_commands.h"
#include "app/reference.h"
#include "app/serve.h"
#include "app/system_api.h"

namespace tandem::app {
namespace {

void add_settings_flags(CLI::App& command, ServeFlags& flags) {
  command.add_option("--config", flags.config_file, "Configuration file (YAML or JSON)");
  command.add_option("--data-dir", flags.data_dir, "Where everything is kept");
  command.add_option("--listen", flags.listen, "HOST:PORT for HTTP; port 0 picks a free one");
  command.add_option("--grpc-listen", flags.grpc_listen, "HOST:PORT for gRPC");
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App program("Tandem: predictive and generative models behind one governed server.");
  program.set_version_flag("--version", std::string(kVersion));
  program.require_subcommand(1);
  int code = 0;

  ServeFlags flags;
  CLI::App* serve = program.add_subcommand("serve", "Run the server");
  add_settings_flags(*serve, flags);
  serve->add_flag("--check", flags.check, "Only validate the configuration");
  serve->callback([&] { code = serve_command(flags); });

  CLI::App* config = program.add_subcommand("config", "Look at the configuration");
  config->require_subcommand(1);
  CLI::App* print =
      config->add_subcommand("print", "Show it whole, and where each value came from");
  add_settings_flags(*print, flags);
  print->callback([&] { code = print_config_command(flags); });

  CLI::App* reference = program.add_subcommand("reference", "Print a reference page (markdown)");
  std::string page;
  reference->add_option("page", page, "configuration, errors or api")->required();
  reference->callback([&] { code = reference_command(page); });

  add_client_commands(program, code);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = program.exit(error);
    return shown == 0 ? 0 : kExitUsage;
  }
  return code;
}

}  // namespace tandem::app
