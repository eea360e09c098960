#include "identity/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text/encode.h"

namespace tandem::identity {
namespace {

using testing::HasSubstr;

std::string basic(std::string_view text) {
  return "Basic " + text::to_base64({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string found(const Credentials& credentials) {
  const auto key = find_key(credentials);
  return key ? std::string(key->text()) : "none: " + key.error().message;
}

TEST(Credentials, EveryHeaderThatMayCarryAKey) {
  EXPECT_EQ(found({.authorization = "Bearer tk-a"}), "tk-a");
  EXPECT_EQ(found({.authorization = "bearer   tk-a "}), "tk-a");
  EXPECT_EQ(found({.authorization = "tk-a"}), "tk-a");
  EXPECT_EQ(found({.x_api_key = "tk-a"}), "tk-a");
  EXPECT_EQ(found({.api_key = " tk-a "}), "tk-a");
  EXPECT_EQ(found({.x_goog_api_key = "tk-a"}), "tk-a");
  EXPECT_EQ(found({.authorization = "Bearer any-text"}), "any-text");
}

// The example of RFC 7617 section 2: user "Aladdin", password "open sesame".
TEST(Credentials, BasicCarriesTheKeyAsItsPassword) {
  EXPECT_EQ(found({.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}), "open sesame");
  const std::string header = basic("mlflow:tk-a");
  EXPECT_EQ(found({.authorization = header}), "tk-a");
  EXPECT_EQ(found({.authorization = basic("pk-lf-1:tk-a:b")}), "tk-a:b");
  EXPECT_EQ(found({.authorization = basic("tk-a:")}), "tk-a");
}

TEST(Credentials, WhatIsOursWinsOverWhatIsNot) {
  EXPECT_EQ(found({.authorization = "Bearer sk-proxy", .x_api_key = "tk-a"}), "tk-a");
  EXPECT_EQ(found({.authorization = "Negotiate abc", .api_key = "tk-a"}), "tk-a");
  EXPECT_EQ(found({.authorization = "Bearer tk-a", .x_api_key = "tk-b"}), "tk-a");
  EXPECT_EQ(found({.x_api_key = "sk-ant", .api_key = "tk-b"}), "tk-b");
  EXPECT_EQ(found({.x_api_key = "sk-ant", .api_key = "other"}), "sk-ant");
}

TEST(Credentials, SaysWhatIsWrong) {
  EXPECT_THAT(found({}), HasSubstr("carries no key"));
  EXPECT_THAT(found({.authorization = "Bearer"}), HasSubstr("no key after Bearer"));
  EXPECT_THAT(found({.authorization = "Bearer  "}), HasSubstr("no key after Bearer"));
  EXPECT_THAT(found({.authorization = "Basic !!!"}), HasSubstr("not base64 of user:key"));
  EXPECT_THAT(found({.authorization = basic("no colon")}), HasSubstr("not base64 of user:key"));
  EXPECT_THAT(found({.authorization = basic("user:")}), HasSubstr("no password"));
  EXPECT_THAT(found({.authorization = "Digest x"}), HasSubstr("other than Bearer and Basic"));
  EXPECT_THAT(found({.authorization = "Bearertk-a"}), HasSubstr("other than Bearer"));
  EXPECT_THAT(found({.authorization = "Basic " + std::string(2000, 'A')}), HasSubstr("too long"));
  const auto error = find_key({}).error();
  EXPECT_EQ(error.code, Code::Unauthenticated);
  EXPECT_THAT(error.hint, HasSubstr("Bearer tk-"));
}

}  // namespace
}  // namespace tandem::identity
