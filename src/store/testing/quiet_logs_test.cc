// Keeps expected warnings out of the test output.
#include <gtest/gtest.h>

#include "base/log.h"

namespace tandem::store {
namespace {

class QuietLogs : public ::testing::Environment {
  void SetUp() override { log::configure(LogLevel::Error, log::Format::Text); }
};
const auto* const kQuietLogs = ::testing::AddGlobalTestEnvironment(new QuietLogs);

}  // namespace
}  // namespace tandem::store
