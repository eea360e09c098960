#include "gateway/queue/priority.h"

#include <gtest/gtest.h>

namespace tandem::gateway {
namespace {

TEST(Priority, WhatTheHeaderSays) {
  EXPECT_EQ(*read_priority(""), std::nullopt);
  EXPECT_EQ(*read_priority("high"), Priority::High);
  EXPECT_EQ(*read_priority("normal"), Priority::Normal);
  EXPECT_EQ(*read_priority("low"), Priority::Low);
  const auto bad = read_priority("urgent");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::InvalidArgument);
  EXPECT_EQ(bad.error().param, "x-tandem-priority");
  EXPECT_NE(bad.error().message.find("\"urgent\""), std::string::npos);
  EXPECT_NE(bad.error().hint.find("high, normal or low"), std::string::npos);
}

}  // namespace
}  // namespace tandem::gateway
