// The command line: `tandem serve`, `tandem config print`, and the verbs that speak to a running
// server over its API. Exit codes: 0 clean, 64 usage, 70 internal, 78 configuration (sysexits.h).
#pragma once

namespace tandem::app {

inline constexpr int kExitUsage = 64;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitConfiguration = 78;

int run_command_line(int argc, char** argv);

}  // namespace tandem::app
