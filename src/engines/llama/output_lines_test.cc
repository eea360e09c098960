#include "engines/llama/output_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tandem::engines {
namespace {

using testing::ElementsAre;

constexpr SteadyUs kSecond = 1'000'000;

struct Output : testing::Test {
  OutputLines lines;
  std::vector<std::string> logged;
  void feed(std::string_view bytes, SteadyUs now_us = 0) {
    lines.feed(bytes, now_us, [this](std::string_view line) { logged.emplace_back(line); });
  }
};

TEST_F(Output, CutsLinesWhereverTheBytesWereCut) {
  feed("load");
  feed("ing\r\n\n  \nmodel");
  EXPECT_THAT(logged, ElementsAre("loading"));
  feed(" ready\nlast");
  EXPECT_THAT(logged, ElementsAre("loading", "model ready"));
  lines.finish(0, [this](std::string_view line) { logged.emplace_back(line); });
  EXPECT_THAT(logged, ElementsAre("loading", "model ready", "last"));
}

TEST_F(Output, KeepsTheLastLines) {
  for (int i = 0; i < 100; ++i) feed("line " + std::to_string(i) + "\n");
  EXPECT_EQ(lines.last(2, 1'000), "line 98 | line 99");
  EXPECT_EQ(lines.last(2, 12), "98 | line 99");
  EXPECT_EQ(lines.last(1'000, 100'000).find("line 60 | "), 0U);  // 40 are kept
}

TEST_F(Output, ALongLineIsCutAndControlCharactersAreSpaces) {
  feed(std::string(10'000, 'x') + "\n");
  feed("a\x1b[31mb\n");
  EXPECT_EQ(logged[0], std::string(OutputLines::kMaxLineBytes, 'x'));
  EXPECT_EQ(logged[1], "a [31mb");
}

TEST_F(Output, LogsABurstAndThenAFewASecond) {
  for (int i = 0; i < 250; ++i) feed("a\n", kSecond);
  EXPECT_EQ(logged.size(), 100U);
  EXPECT_EQ(lines.suppressed(), 150U);
  logged.clear();
  for (int i = 0; i < 250; ++i) feed("b\n", 2 * kSecond);
  ASSERT_EQ(logged.size(), 21U);  // 20 lines, and how many were not
  EXPECT_EQ(logged[0], "(150 lines were not logged)");
  EXPECT_EQ(logged[1], "b");
}

}  // namespace
}  // namespace tandem::engines
