#include "base/text/scan.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem::text {
namespace {

// Every byte at every place of texts of every length around the word size.
TEST(Scan, FindsEachByteWhereverItStands) {
  for (size_t size = 0; size < 20; ++size) {
    const std::string usual(size, 'a');
    EXPECT_FALSE(has_control(usual));
    EXPECT_EQ(plain_json_prefix(usual), size);
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = usual;
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(has_control(text), byte < 0x20) << byte << " at " << at;
        const bool special = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
        EXPECT_EQ(plain_json_prefix(text), special ? at : size) << byte << " at " << at;
      }
    }
  }
}

}  // namespace
}  // namespace tandem::text
