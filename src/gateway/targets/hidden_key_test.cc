#include "gateway/targets/hidden_key.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

std::string hidden(std::string message, std::string_view block) {
  Error error(Code::UpstreamRejected, std::move(message));
  hide_keys(error, block);
  return error.message;
}

TEST(HiddenKey, AKeyThatAProviderRepeatsIsTakenOut) {
  EXPECT_EQ(hidden("Incorrect API key provided: sk-0123456789.",
                   "authorization: Bearer sk-0123456789\r\n"),
            "Incorrect API key provided: [key].");
  EXPECT_EQ(hidden("sk-0123456789, sk-0123456789?", "a: b\r\nx-api-key: sk-0123456789\r\n"),
            "[key], [key]?");
  EXPECT_EQ(hidden("bad AQoDYXdz12", "x-amz-security-token: AQoDYXdz12\r\n"), "bad [key]");
}

TEST(HiddenKey, EverythingElseStays) {
  EXPECT_EQ(hidden("no such model: mock-2024", "x-model: mock-2024\r\nx-api-key: sk-012345\r\n"),
            "no such model: mock-2024");
  EXPECT_EQ(hidden("a key", "x-api-key: key\r\n"), "a key");
  EXPECT_EQ(hidden("plain", ""), "plain");
  EXPECT_EQ(hidden("plain", "x-api-key"), "plain");
}

}  // namespace
}  // namespace tandem::gateway
