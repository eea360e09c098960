// Keeps expected warnings out of the test output.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/log.h"

namespace tandem::cost {
namespace {

// Errors are expected here as well: tests break databases and journals on purpose. Set
// TANDEM_TEST_LOGS to see everything.
class QuietLogs : public ::testing::Environment {
  void SetUp() override {
    if (::getenv("TANDEM_TEST_LOGS") != nullptr) return;
    log::configure(static_cast<LogLevel>(static_cast<int>(LogLevel::Error) + 1), log::Format::Text);
  }
};
const auto* const kQuietLogs = ::testing::AddGlobalTestEnvironment(new QuietLogs);

}  // namespace
}  // namespace tandem::cost
