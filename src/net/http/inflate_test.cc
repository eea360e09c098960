// Unpacking against zlib's own packing, cut at every place.
#include "net/http/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/limits.h"

namespace tandem::net {
namespace {

std::string packed(std::string_view text, int window_bits, int level = 9) {
  z_stream z{};
  deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string gzip(std::string_view text) {
  return packed(text, 15 + 16);
}

Result<std::string> unpacked(ContentCoding coding, std::string_view bytes, size_t step,
                             uint64_t max_bytes = 1 << 20) {
  Inflater inflater(coding, max_bytes);
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += step) {
    TRY_VOID(inflater.feed(bytes.substr(at, step), out));
  }
  TRY_VOID(inflater.finish());
  return out;
}

std::string sample(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

TEST(Inflate, NamesOfCodings) {
  EXPECT_EQ(*parse_content_coding(""), ContentCoding::Identity);
  EXPECT_EQ(*parse_content_coding("identity"), ContentCoding::Identity);
  EXPECT_EQ(*parse_content_coding(" GZIP "), ContentCoding::Gzip);
  EXPECT_EQ(*parse_content_coding("x-gzip"), ContentCoding::Gzip);  // RFC 9110 section 8.4.1.3
  EXPECT_EQ(*parse_content_coding("deflate"), ContentCoding::Deflate);
  for (const char* other : {"br", "zstd", "gzip, gzip", "compress"}) {
    const auto coding = parse_content_coding(other);
    ASSERT_FALSE(coding) << other;
    EXPECT_EQ(coding.error().code, Code::UnsupportedMediaType);
    EXPECT_EQ(coding.error().param, "content-encoding");
  }
}

TEST(Inflate, UnpacksWhereverItIsCut) {
  const std::string text = sample(3'000);
  const std::string bytes = gzip(text);
  for (size_t step = 1; step <= bytes.size(); ++step) {
    const auto out = unpacked(ContentCoding::Gzip, bytes, step);
    ASSERT_TRUE(out) << step << out.error().message;
    ASSERT_EQ(*out, text) << step;
  }
}

// HTTP's deflate is the zlib format (RFC 9110 section 8.4.1.2).
TEST(Inflate, Deflate) {
  const std::string text = sample(100'000);
  EXPECT_EQ(*unpacked(ContentCoding::Deflate, packed(text, 15), 777), text);
  EXPECT_EQ(*unpacked(ContentCoding::Deflate, packed("", 15), 1), "");
}

// A body that packs very well: much output for the last byte of input.
TEST(Inflate, LargeOutputForLittleInput) {
  const std::string text(60'000, 'a');
  const std::string bytes = gzip(text);
  for (size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
    EXPECT_EQ(*unpacked(ContentCoding::Gzip, bytes, step), text) << step;
  }
}

TEST(Inflate, RefusesMoreThanTheLimit) {
  const std::string bytes = gzip(sample(5'000));
  EXPECT_TRUE(unpacked(ContentCoding::Gzip, bytes, 100, 10'000));
  const auto out = unpacked(ContentCoding::Gzip, bytes, 100, 4'000);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::PayloadTooLarge);
}

TEST(Inflate, RefusesABombByItsRatio) {
  const std::string bytes = gzip(std::string(32 * 1024 * 1024, '\0'));
  ASSERT_GT(32 * 1024 * 1024 / bytes.size(), limits::kMaxInflateRatio);
  Inflater inflater(ContentCoding::Gzip, 1ull << 40);
  std::string out;
  const auto fed = inflater.feed(bytes, out);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::PayloadTooLarge);
  EXPECT_LT(out.size(), 8u * 1024 * 1024);
}

TEST(Inflate, RefusesDamageAndWhatIsCutOrFollowedByMore) {
  const std::string bytes = gzip(sample(2'000));
  EXPECT_EQ(unpacked(ContentCoding::Gzip, "plain text", 4).error().code, Code::InvalidArgument);
  EXPECT_FALSE(unpacked(ContentCoding::Gzip, packed("x", 15), 1));  // zlib is not gzip
  for (size_t size : {size_t{0}, size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(unpacked(ContentCoding::Gzip, std::string_view(bytes).substr(0, size), 100));
  }
  EXPECT_FALSE(unpacked(ContentCoding::Gzip, bytes + "more", 100));
  std::string changed = bytes;
  changed[changed.size() - 6] ^= 1;  // inside the CRC-32
  EXPECT_FALSE(unpacked(ContentCoding::Gzip, changed, 100));
}

}  // namespace
}  // namespace tandem::net
