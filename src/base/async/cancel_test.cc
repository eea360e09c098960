#include "base/async/cancel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tandem {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Cancel, FiresEveryCallbackOnce) {
  std::vector<std::string> ran;
  CancelSource source;
  CancelCallback first(source, [&] { ran.push_back("first"); });
  CancelCallback second(source, [&] { ran.push_back("second"); });
  EXPECT_FALSE(source.fired());
  source.fire();
  EXPECT_TRUE(source.fired());
  source.fire();
  EXPECT_THAT(ran, UnorderedElementsAre("first", "second"));
}

TEST(Cancel, ALateCallbackRunsAtOnce) {
  bool ran = false;
  CancelSource source;
  source.fire();
  CancelCallback late(source, [&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST(Cancel, ADestroyedCallbackDoesNotRun) {
  std::vector<std::string> ran;
  CancelSource source;
  CancelCallback stays(source, [&] { ran.push_back("stays"); });
  auto middle = std::make_unique<CancelCallback>(source, [&] { ran.push_back("middle"); });
  CancelCallback last(source, [&] { ran.push_back("last"); });
  middle.reset();
  source.fire();
  EXPECT_THAT(ran, UnorderedElementsAre("stays", "last"));
}

TEST(Cancel, TheSourceMayGoFirst) {
  std::vector<std::string> ran;
  auto source = std::make_unique<CancelSource>();
  CancelCallback callback(*source, [&] { ran.push_back("callback"); });
  source.reset();
  EXPECT_THAT(ran, IsEmpty());
}

// What a cancelled call does: its next step waits for the same source.
TEST(Cancel, ACallbackMayRegisterAnother) {
  CancelSource source;
  std::unique_ptr<CancelCallback> next;
  bool ran = false;
  CancelCallback first(
      source, [&] { next = std::make_unique<CancelCallback>(source, [&] { ran = true; }); });
  source.fire();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace tandem
