#include "store/blobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "store/testing/temp_folder.h"

namespace tandem::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TempFolder;

// FIPS 180-4 examples ("abc", the empty message).
constexpr std::string_view kAbc =
    "blob:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kEmpty =
    "blob:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class Chunks final : public ByteSource {
 public:
  explicit Chunks(std::vector<std::string> chunks) : chunks_(std::move(chunks)) {}
  Result<size_t> read(std::span<uint8_t> into) override {
    if (next_ == chunks_.size()) return 0;
    if (chunks_[next_] == "fails") return fail(Code::Cancelled, "The client went away.");
    const std::string& chunk = chunks_[next_++];
    std::copy(chunk.begin(), chunk.end(), into.begin());
    return chunk.size();
  }

 private:
  std::vector<std::string> chunks_;
  size_t next_ = 0;
};

class FolderBlobsTest : public ::testing::Test {
 protected:
  FolderBlobsTest() { blobs_ = *open_folder_blobs(folder_ / "blobs"); }
  size_t files() const {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) ++count;
    }
    return count;
  }
  fs::path only_file() const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) return entry.path();
    }
    return {};
  }

  TempFolder folder_;
  std::unique_ptr<Blobs> blobs_;
};

TEST_F(FolderBlobsTest, ContentIsNamedByItsSha256) {
  auto stored = blobs_->put_text("abc");
  ASSERT_TRUE(stored) << stored.error().describe();
  EXPECT_EQ(stored->id.str(), kAbc);
  EXPECT_EQ(stored->size_bytes, 3u);
  EXPECT_EQ(*blobs_->get(stored->id, 3), "abc");
  EXPECT_EQ(blobs_->put_text("")->id.str(), kEmpty);
  EXPECT_EQ(*blobs_->get(*BlobId::parse(kEmpty), 0), "");
}

TEST_F(FolderBlobsTest, EqualContentIsStoredOnce) {
  ASSERT_TRUE(blobs_->put_text("abc"));
  ASSERT_TRUE(blobs_->put_text("abc"));
  EXPECT_EQ(files(), 1u);
  struct stat status;
  ASSERT_EQ(::stat(only_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400u);
}

TEST_F(FolderBlobsTest, StreamsGoInAndOutInPieces) {
  Chunks source({"a", "b", "c"});
  auto stored = blobs_->put(source);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->id.str(), kAbc);
  auto reader = *blobs_->open(stored->id);
  EXPECT_EQ(reader->size_bytes(), 3u);
  std::string content;
  uint8_t one;
  while (*reader->read({&one, 1}) == 1) content += static_cast<char>(one);
  EXPECT_EQ(content, "abc");
}

TEST_F(FolderBlobsTest, WhatIsNotFinishedLeavesNothing) {
  {
    auto writer = *blobs_->start();
    const std::vector<uint8_t> bytes(1000, 'x');
    ASSERT_TRUE(writer->write(bytes));
    EXPECT_EQ(files(), 1u);
  }
  Chunks source({"a", "fails"});
  auto failed = blobs_->put(source);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::Cancelled);
  EXPECT_EQ(files(), 0u);
}

TEST_F(FolderBlobsTest, WhatACrashLeftIsCleanedAtTheStart) {
  auto writer = *blobs_->start();
  ASSERT_TRUE(writer->write({}));
  std::ofstream(folder_ / "blobs/incoming/left") << "behind";
  auto again = open_folder_blobs(folder_ / "blobs");
  ASSERT_TRUE(again);
  EXPECT_EQ(files(), 0u);
}

TEST_F(FolderBlobsTest, SizesAreLimitedToTheByte) {
  EXPECT_TRUE(blobs_->put_text("1234", {.max_bytes = 4}));
  auto refused = blobs_->put_text("12345", {.max_bytes = 4});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PayloadTooLarge);
  Chunks source({"123", "45"});
  EXPECT_EQ(blobs_->put(source, {.max_bytes = 4}).error().code, Code::PayloadTooLarge);
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(blobs_->get(blobs_->put_text("1234")->id, 3).error().code, Code::PayloadTooLarge);
}

TEST_F(FolderBlobsTest, AnAnnouncedDigestMustFit) {
  auto writer = *blobs_->start();
  ASSERT_TRUE(writer->write(std::vector<uint8_t>{'a', 'b'}));
  auto refused = writer->finish(*BlobId::parse(kAbc));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  writer.reset();
  EXPECT_EQ(files(), 0u);
}

TEST_F(FolderBlobsTest, DamageIsFoundBeforeTheLastByteIsHandedOutAndRepairedByANewPut) {
  const BlobId id = blobs_->put_text("abc")->id;
  fs::permissions(only_file(), fs::perms::owner_all);
  std::ofstream(only_file()) << "abX";
  auto read = blobs_->get(id, 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::StorageFailed);
  EXPECT_THAT(read.error().message, HasSubstr(std::string(kAbc)));
  EXPECT_FALSE(blobs_->local_path(id));
  auto reader = *blobs_->open(id);
  uint8_t two[2];
  EXPECT_EQ(*reader->read(two), 2u);
  EXPECT_FALSE(reader->read(two));
  EXPECT_FALSE(reader->read(two)) << "and stays failed";

  std::ofstream(only_file(), std::ios::app) << "longer";
  EXPECT_FALSE(blobs_->get(id, 100));
  ASSERT_TRUE(blobs_->put_text("abc"));
  EXPECT_EQ(*blobs_->get(id, 100), "abc");
}

TEST_F(FolderBlobsTest, ACutFileIsDamaged) {
  const BlobId id = blobs_->put_text("abc")->id;
  auto reader = *blobs_->open(id);
  fs::resize_file(only_file(), 1);
  uint8_t three[3];
  EXPECT_FALSE(reader->read(three));
  fs::resize_file(only_file(), 0);
  EXPECT_FALSE(blobs_->get(id, 100));
}

TEST_F(FolderBlobsTest, MissingBlobsAreNotFound) {
  const BlobId id = *BlobId::parse(kAbc);
  EXPECT_EQ(blobs_->get(id, 100).error().code, Code::NotFound);
  EXPECT_EQ(blobs_->local_path(id).error().code, Code::NotFound);
  EXPECT_EQ(*blobs_->find_size(id), std::nullopt);
  EXPECT_EQ(*blobs_->exists(id), false);
  EXPECT_EQ(*blobs_->remove(id), false);
}

TEST_F(FolderBlobsTest, RemovedBlobsAreGoneAndOpenReadersFinish) {
  const BlobId id = blobs_->put_text("abc")->id;
  EXPECT_EQ(*blobs_->find_size(id), 3u);
  const fs::path path = *blobs_->local_path(id);
  auto reader = *blobs_->open(id);
  EXPECT_EQ(*blobs_->remove(id), true);
  EXPECT_FALSE(fs::exists(path));
  uint8_t bytes[3];
  EXPECT_EQ(*reader->read(bytes), 3u);
  EXPECT_EQ(*blobs_->exists(id), false);
}

TEST_F(FolderBlobsTest, ALinkInTheFolderIsNotFollowed) {
  const BlobId id = blobs_->put_text("abc")->id;
  const fs::path path = *blobs_->local_path(id);
  fs::remove(path);
  std::ofstream(folder_ / "secret") << "abc";
  fs::create_symlink(folder_ / "secret", path);
  EXPECT_FALSE(blobs_->open(id));
}

TEST_F(FolderBlobsTest, ThreadsMayPutTheSameContentAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        auto stored = blobs_->put_text("content " + std::to_string(j));
        ASSERT_TRUE(stored) << stored.error().describe();
        EXPECT_EQ(*blobs_->get(stored->id, 100), "content " + std::to_string(j));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files(), 10u);
}

TEST(BlobIdTest, OnlyTheOneFormIsAnId) {
  EXPECT_EQ(BlobId::parse(kAbc)->str(), kAbc);
  for (std::string bad :
       {std::string(), std::string("blob:"), std::string(kAbc.substr(5)), std::string(kAbc) + "0",
        std::string("blob:../../../../etc/passwd"), "blob:" + std::string(64, '.'),
        "blob:" + std::string(64, '/'), "blob:" + std::string(64, 'A'),
        "blob:" + std::string(64, 'g'), "Blob:" + std::string(64, '0')}) {
    auto parsed = BlobId::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::InvalidArgument);
  }
}

}  // namespace
}  // namespace tandem::store
