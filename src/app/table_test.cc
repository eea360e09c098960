#include "app/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

TEST(Table, HasARowForEachObjectAndColumnsInOneLine) {
  const auto rows = lines(render_table(
      R"({"data":[{"name":"a","kind":"chat","version":12},{"kind":"embedding","name":"longer"}],
          "next_cursor":null})",
      {"name", "kind", "version"}));
  EXPECT_THAT(rows, ElementsAre("name    kind       version",  //
                                "a       chat       12",       //
                                "longer  embedding  "));
}

TEST(Table, OneObjectIsOneRow) {
  const std::string text =
      render_table(R"({"id":"key_1","name":"ci","key":"tk-x"})", {"id", "key"});
  EXPECT_EQ(lines(text).size(), 2u);
  EXPECT_THAT(text, HasSubstr("key_1"));
  EXPECT_THAT(text, HasSubstr("tk-x"));
  EXPECT_EQ(text.find("ci"), std::string::npos);
}

TEST(Table, AnEmptyListIsItsHeader) {
  EXPECT_EQ(render_table(R"({"data":[],"next_cursor":null})", {"name", "kind"}), "name  kind\n");
  EXPECT_EQ(render_table("", {"name"}), "");
  EXPECT_EQ(render_table("no JSON", {"name"}), "no JSON\n");
}

TEST(Table, ShowsWhatIsNoText) {
  const auto rows = lines(render_table(R"({"data":[{"a":true,"b":null,"c":1.5,"d":["x"],"e":-7}]})",
                                       {"a", "b", "c", "d", "e"}));
  EXPECT_EQ(rows.at(1), R"(true     1.5  ["x"]  -7)");
}

}  // namespace
}  // namespace tandem::app
