#include "gateway/targets/secret_header.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace tandem::gateway {
namespace {

class SecretHeaderTest : public ::testing::Test {
 protected:
  SecretHeaderTest() {
    path_ = std::filesystem::temp_directory_path() / ("tandem-secret-" + std::to_string(getpid()));
    header_.set("Bearer ", *config::SecretRef::parse("file:" + path_.string()));
  }
  ~SecretHeaderTest() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_) << text << "\n"; }
  std::string read(SteadyUs now_us) {
    const auto value = header_.get(now_us);
    return value ? std::string((*value)->reveal()) : "error";
  }
  std::filesystem::path path_;
  SecretHeader header_;
};

TEST_F(SecretHeaderTest, UsesARotatedSecretWithinASecond) {
  write("one");
  EXPECT_EQ(read(10'000'000), "Bearer one");
  write("two");
  EXPECT_EQ(read(10'999'999), "Bearer one");
  EXPECT_EQ(read(11'000'000), "Bearer two");
}

TEST_F(SecretHeaderTest, KeepsTheLastSecretWhereTheFileIsGone) {
  EXPECT_EQ(read(0), "error");
  write("one");
  EXPECT_EQ(read(1), "Bearer one");
  std::filesystem::remove(path_);
  EXPECT_EQ(read(5'000'000), "Bearer one");
}

TEST(SecretHeader, IsEmptyWithoutASecret) {
  SecretHeader header;
  header.set("Bearer ", {});
  EXPECT_TRUE((*header.get(0))->empty());
}

}  // namespace
}  // namespace tandem::gateway
