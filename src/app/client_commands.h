// The verbs that speak to a running server over its API (TANDEM_URL, TANDEM_KEY): tables for
// people,
// --json for programs.
#pragma once

namespace CLI {
class App;
}

namespace tandem::app {

// `code` gets the exit code of the verb that ran and outlives the parse.
void add_client_commands(CLI::App& program, int& code);

}  // namespace tandem::app
