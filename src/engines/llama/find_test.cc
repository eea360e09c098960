#include "engines/llama/find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace tandem::engines {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FindTest : public testing::Test {
 protected:
  FindTest() {
    std::string name = (fs::temp_directory_path() / "tandem-find.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("PATH",
             (":" + (folder_ / "none").string() + ":" + (folder_ / "path").string()).c_str(), 1);
  }
  ~FindTest() override {
    ::setenv("PATH", path_before_.c_str(), 1);
    fs::remove_all(folder_);
  }
  std::string file(const std::string& name, bool executable) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    if (executable) fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }

  std::string path_before_ = std::getenv("PATH");
  fs::path folder_;
};

TEST_F(FindTest, ConfiguredThenPathThenCache) {
  EXPECT_THAT(find_server_program("", folder_).error().hint, HasSubstr("scripts/setup"));
  const std::string cached = file("bin/llama-server", true);
  EXPECT_EQ(find_server_program("", folder_), cached);
  file("none/llama-server", false);  // not executable: passed over
  const std::string in_path = file("path/llama-server", true);
  EXPECT_EQ(find_server_program("", folder_), in_path);
  const std::string own = file("own", true);
  EXPECT_EQ(find_server_program(own, folder_), own);
  EXPECT_THAT(find_server_program(file("plain", false), folder_).error().message,
              HasSubstr("plain is not an executable file"));
}

TEST_F(FindTest, TheCacheIsWhereSetupKeepsIt) {
  const char* before = std::getenv("TANDEM_CACHE");
  const std::string kept = before ? before : "";
  ::setenv("TANDEM_CACHE", "/somewhere", 1);
  EXPECT_EQ(cache_folder(), "/somewhere");
  ::unsetenv("TANDEM_CACHE");
  EXPECT_EQ(cache_folder(), fs::path(std::getenv("HOME")) / ".cache/tandem");
  if (before) ::setenv("TANDEM_CACHE", kept.c_str(), 1);
}

TEST_F(FindTest, ModelsByPathOrByName) {
  const std::string smol = file("models/smol/SmolLM2.Q4_1.gguf", false);
  file("models/smol/README", false);
  EXPECT_EQ(find_model_file("smol", folder_), smol);
  EXPECT_EQ(find_model_file(smol, folder_), smol);
  EXPECT_THAT(find_model_file("other", folder_).error().message, HasSubstr("models/other/*.gguf"));
  EXPECT_FALSE(find_model_file(smol + ".gguf", folder_));
  EXPECT_FALSE(find_model_file("x/../smol", folder_));
  file("models/smol/second.gguf", false);
  EXPECT_THAT(find_model_file("smol", folder_).error().message, HasSubstr("More than one"));
}

}  // namespace
}  // namespace tandem::engines
