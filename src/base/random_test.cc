#include "base/random.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

// The sequence of the seed 1234567, as the reference implementation gives it.
TEST(SplitMix64, GivesTheSequenceOfTheReference) {
  SplitMix64 random(1234567);
  EXPECT_EQ(random(), 6457827717110365317u);
  EXPECT_EQ(random(), 3203168211198807973u);
  EXPECT_EQ(random(), 9817491932198370423u);
  EXPECT_EQ(random(), 4593380528125082431u);
  EXPECT_EQ(random(), 16408922859458223821u);
}

TEST(RandomBits, DoNotRepeat) {
  EXPECT_NE(random_bits(), random_bits());
}

}  // namespace
}  // namespace tandem
