#include "app/serve.h"

#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "app/cli.h"
#include "app/server.h"
#include "app/settings.h"
#include "base/config/write.h"
#include "base/log.h"

namespace tandem::app {
namespace {

Result<config::Loaded<Settings>> load_settings(const ServeFlags& flags) {
  config::Layers layers;
  Settings defaults;
  if (!flags.config_file.empty()) {
    TRY_VOID(layers.file_at(flags.config_file));
  } else {
    defaults = embedded_defaults();
  }
  const auto set = [&](const std::string& path, const std::string& value,
                       const std::string& flag) -> Result<void> {
    if (value.empty()) return {};
    return layers.set(path, "\"" + value + "\"", {config::From::Flag, flag});
  };
  TRY_VOID(set("data_dir", flags.data_dir, "--data-dir"));
  TRY_VOID(set("listen", flags.listen, "--listen"));
  TRY_VOID(set("grpc_listen", flags.grpc_listen, "--grpc-listen"));
  return config::load<Settings>(layers, std::move(defaults));
}

void configure_log(const LogSettings& settings) {
  const LogLevel level = settings.level == "debug"   ? LogLevel::Debug
                         : settings.level == "warn"  ? LogLevel::Warn
                         : settings.level == "error" ? LogLevel::Error
                                                     : LogLevel::Info;
  const log::Format format = settings.format == "text"   ? log::Format::Text
                             : settings.format == "json" ? log::Format::Json
                                                         : log::Format::Auto;
  log::configure(level, format);
}

void say(const Error& error) {
  std::fprintf(stderr, "tandem: %s\n", error.describe().c_str());
}

// As many descriptors as the system allows: one connection is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Blocks the signals that serve() waits for, in this thread and all that it starts.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

int serve(const ServeFlags& flags, Settings settings) {
  const sigset_t signals = block_signals();
  raise_descriptor_limit();
  auto server = Server::start(std::move(settings));
  if (!server) {
    say(server.error());
    const bool wrong = server.error().code == Code::InvalidArgument;
    return wrong ? kExitConfiguration : kExitInternal;
  }
  std::printf("%s\n", (*server)->ready_line().c_str());
  std::fflush(stdout);
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    auto next = load_settings(flags);
    const auto reloaded =
        next ? (*server)->reload(next->value) : Result<void>(fail(std::move(next).error()));
    if (reloaded)
      log::info("app", "the configuration was reloaded");
    else
      log::error("app", "the configuration was not reloaded: {}", reloaded.error().describe());
  }
  log::info("app", "stopping");
  (*server)->stop();
  return 0;
}

}  // namespace

int serve_command(const ServeFlags& flags) {
  auto loaded = load_settings(flags);
  if (!loaded) {
    say(loaded.error());
    return kExitConfiguration;
  }
  configure_log(loaded->value.log);
  if (flags.check) {
    std::printf("The configuration is valid.\n");
    return 0;
  }
  try {
    return serve(flags, std::move(loaded->value));
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "tandem: internal error: %s\n", exception.what());
    return kExitInternal;
  }
}

int print_config_command(const ServeFlags& flags) {
  auto loaded = load_settings(flags);
  if (!loaded) {
    say(loaded.error());
    return kExitConfiguration;
  }
  std::printf("%s", config::print_yaml(loaded->value, loaded->origins).c_str());
  return 0;
}

}  // namespace tandem::app
