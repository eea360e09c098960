// Files on a database of either kind and a real blob folder.
#include "gateway/files/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/io_threads.h"
#include "gateway/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::gateway::files {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FilesTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  FilesTest() : db_(GetParam()) {
    EXPECT_TRUE(store::migrate(*db_, gateway::migrations()));
    threads_.start();
  }
  ~FilesTest() override { threads_.stop(); }

  Result<File> store(const std::string& project, const std::string& bytes, WallUs expires_us = 0,
                     std::string_view purpose = "batch") {
    TRY(auto writer, blobs_->start());
    TRY_VOID(writer->write({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    File file;
    file.id = make_file_id();
    file.project = project;
    file.filename = "a.jsonl";
    file.purpose = purpose;
    file.created_us = 1;
    file.expires_us = expires_us;
    Files::Arrival arrival{*writer, file};
    TRY_VOID(files_.finish_now({&arrival, 1}));
    return arrival.file;
  }

  template <class T>
  Result<T> ask(std::function<Task<Result<T>>()> make) {
    Result<T> answer = fail(Error());
    threads_.run_task(0, [&](IoThread&) -> Task<void> { answer = co_await make(); });
    return answer;
  }
  Result<File> get(const std::string& project, const std::string& id) {
    return ask<File>([&] { return files_.get(project, id); });
  }
  Result<void> remove(const File& file) {
    return ask<void>([&] { return files_.remove(file); });
  }
  std::vector<std::string> list(FileQuery query) {
    std::vector<std::string> ids;
    const auto found = ask<std::vector<File>>([&] { return files_.list(query); });
    for (const File& file : *found) ids.push_back(file.id);
    return ids;
  }
  bool has_bytes(const File& file) { return *blobs_->exists(*store::BlobId::parse(file.blob)); }

  store::testing::TestDb db_;
  store::testing::TempFolder folder_;
  std::unique_ptr<store::Blobs> blobs_ = *store::open_folder_blobs(folder_.path());
  metrics::Metrics metrics_;
  Files files_{*db_, *blobs_, metrics_, {.max_bytes = 100, .max_project_bytes = 50}};
  IoThreads threads_{1};
};

INSTANTIATE_TEST_SUITE_P(Both, FilesTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(FilesTest, AFileIsItsProjectsAndNobodyElses) {
  const auto file = store("shop", "one line\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->size_bytes, 9);
  const auto found = get("shop", file->id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->blob, file->blob);
  const auto other = get("other", file->id);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::NotFound);
  FileQuery query{.project = "other", .limit = 10};
  EXPECT_THAT(list(query), IsEmpty());
}

TEST_P(FilesTest, ListsInPagesBothWaysAndByPurpose) {
  const std::string a = store("shop", "a")->id;
  const std::string b = store("shop", "b", 0, "user_data")->id;
  const std::string c = store("shop", "c")->id;
  FileQuery query{.project = "shop", .limit = 2};
  EXPECT_THAT(list(query), ElementsAre(c, b));
  query.after = b;
  EXPECT_THAT(list(query), ElementsAre(a));
  query.order = FileOrder::OldestFirst;
  EXPECT_THAT(list(query), ElementsAre(c));
  query.after = "";
  EXPECT_THAT(list(query), ElementsAre(a, b));
  query.purpose = "user_data";
  EXPECT_THAT(list(query), ElementsAre(b));
}

TEST_P(FilesTest, BytesGoWithTheLastFileThatHasThem) {
  const auto first = store("shop", "the same");
  const auto second = store("other", "the same");
  EXPECT_EQ(first->blob, second->blob);
  ASSERT_TRUE(remove(*first));
  EXPECT_TRUE(has_bytes(*second));
  ASSERT_TRUE(remove(*second));
  EXPECT_FALSE(has_bytes(*second));
  EXPECT_EQ(remove(*second).error().code, Code::NotFound);
}

TEST_P(FilesTest, AProjectHasALimit) {
  ASSERT_TRUE(store("shop", std::string(40, 'a')));
  const auto over = store("shop", std::string(11, 'b'));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::PayloadTooLarge);
  EXPECT_TRUE(store("shop", std::string(10, 'c')));
  EXPECT_TRUE(store("other", std::string(50, 'd')));
  // What a batch was paid for is kept.
  EXPECT_TRUE(store("shop", std::string(60, 'e'), 0, kBatchOutput));
}

TEST_P(FilesTest, WhatHasExpiredIsGoneAtOnceAndItsBytesLater) {
  const WallUs now = wall_now_us();
  const auto old = store("shop", "old", now - 1);
  const auto young = store("shop", "young", now + 3'600'000'000);
  EXPECT_FALSE(get("shop", old->id));
  EXPECT_TRUE(has_bytes(*old));
  ASSERT_TRUE(files_.delete_expired_now(now));
  EXPECT_FALSE(has_bytes(*old));
  EXPECT_TRUE(get("shop", young->id));
  EXPECT_TRUE(has_bytes(*young));
}

}  // namespace
}  // namespace tandem::gateway::files
