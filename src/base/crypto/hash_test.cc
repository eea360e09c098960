#include "base/crypto/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/crypto/random.h"
#include "base/text/encode.h"

namespace tandem::crypto {
namespace {

std::string hex(const Digest& digest) {
  return text::to_hex(digest);
}

// FIPS 180-4 examples (NIST "SHA256.pdf") and the SHAVS short-message file.
TEST(Sha256, AgreesWithTheExamplesOfNist) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const uint8_t one[] = {0xd3};
  EXPECT_EQ(hex(sha256(one)), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 pieces;
  for (int i = 0; i < 1000; ++i) pieces.update(std::string(1000, 'a'));
  // One million letters a, FIPS 180-2 appendix B.3.
  EXPECT_EQ(hex(pieces.finish()),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231 section 4, test cases 1, 2, 3, 6 and 7.
TEST(Hmac, AgreesWithRfc4231) {
  const std::string key1(20, '\x0b');
  EXPECT_EQ(hex(HmacKey(bytes_of(key1)).sign("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(HmacKey(bytes_of("Jefe")).sign("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::string key3(20, '\xaa');
  EXPECT_EQ(hex(HmacKey(bytes_of(key3)).sign(std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  const std::string key6(131, '\xaa');
  EXPECT_EQ(
      hex(HmacKey(bytes_of(key6)).sign("Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(HmacKey(bytes_of(key6))
                    .sign("This is a test using a larger than block-size key and a larger than "
                          "block-size data. The key needs to be hashed before being used by the "
                          "HMAC algorithm.")),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Hmac, OneKeySignsOnManyThreads) {
  const HmacKey key(bytes_of("Jefe"));
  const Digest expected = key.sign("message");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) wrong[t] += key.sign("message") == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(Equal, ComparesContentAndLength) {
  EXPECT_TRUE(equal("abc", "abc"));
  EXPECT_FALSE(equal("abc", "abd"));
  EXPECT_FALSE(equal("abc", "abcd"));
  EXPECT_TRUE(equal("", ""));
}

TEST(Random, FillsAndDiffers) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<uint8_t, 16> bytes{};
    fill_random(bytes);
    seen.insert(text::to_hex(bytes));
  }
  EXPECT_EQ(seen.size(), 100u);
  fill_random({});
}

TEST(Wipe, LeavesZeros) {
  std::array<uint8_t, 4> bytes{1, 2, 3, 4};
  wipe(bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 4>{}));
}

}  // namespace
}  // namespace tandem::crypto
