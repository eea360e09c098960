#include "store/journal/mapped_copy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "store/testing/journal_folder.h"
#include "store/testing/temp_folder.h"

namespace tandem::store::journal {
namespace {

constexpr size_t kBytes = 8192;

class MappedCopy : public ::testing::Test {
 protected:
  void SetUp() override {
    watch_for_bus_errors();
    testing::write_bytes(path(), std::string(kBytes, '.'));
    file_ = *File::open(path(), O_RDWR);
    void* map = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.descriptor(), 0);
    ASSERT_NE(map, MAP_FAILED);
    map_ = static_cast<uint8_t*>(map);
  }
  ~MappedCopy() override { ::munmap(map_, kBytes); }
  std::string path() const { return folder_ / "file"; }

  testing::TempFolder folder_;
  File file_;
  uint8_t* map_ = nullptr;
};

TEST_F(MappedCopy, PutsThePayloadBehindTheHeader) {
  EXPECT_TRUE(copy_to_map(map_ + 4094, testing::as_bytes("head"), testing::as_bytes("payload")));
  EXPECT_TRUE(copy_to_map(map_, testing::as_bytes("h"), {}));
  std::string expected(kBytes, '.');
  expected.replace(4094, 11, "headpayload");
  expected[0] = 'h';
  EXPECT_EQ(testing::read_bytes(path()), expected);
}

TEST_F(MappedCopy, APageThatIsNotThereAnyMoreIsFalseAndNotTheEnd) {
  ASSERT_TRUE(file_.truncate(4096));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(copy_to_map(map_ + 4094, testing::as_bytes("head"), testing::as_bytes("load")));
  }
  EXPECT_TRUE(copy_to_map(map_ + 10, testing::as_bytes("head"), testing::as_bytes("load")));
  ASSERT_TRUE(file_.truncate(kBytes));
  EXPECT_TRUE(copy_to_map(map_ + 4094, testing::as_bytes("head"), testing::as_bytes("load")));
}

TEST_F(MappedCopy, OtherBusErrorsEndTheProcessAsEver) {
  ASSERT_TRUE(file_.truncate(4096));
  EXPECT_DEATH(map_[5000] = 1, "");
}

}  // namespace
}  // namespace tandem::store::journal
