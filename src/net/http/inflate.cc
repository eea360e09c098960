#include "net/http/inflate.h"

#include <zlib.h>

#include "base/limits.h"
#include "base/text/encode.h"

namespace tandem::net {

Result<ContentCoding> parse_content_coding(std::string_view header) {
  header = text::trim(header);
  if (header.empty() || text::equal_ignoring_case(header, "identity")) {
    return ContentCoding::Identity;
  }
  if (text::equal_ignoring_case(header, "gzip") || text::equal_ignoring_case(header, "x-gzip")) {
    return ContentCoding::Gzip;
  }
  if (text::equal_ignoring_case(header, "deflate")) return ContentCoding::Deflate;
  return fail(
      Code::UnsupportedMediaType,
      "The content-encoding \"" + std::string(header.substr(0, 40)) + "\" is not supported.",
      "Send the body as gzip, deflate or uncompressed.", "content-encoding");
}

struct Inflater::Impl {
  z_stream stream{};
  uint64_t max_bytes;
  uint64_t in = 0;
  uint64_t out = 0;
  bool ended = false;
};

Inflater::Inflater(ContentCoding coding, uint64_t max_bytes) : impl_(std::make_unique<Impl>()) {
  impl_->max_bytes = max_bytes;
  // 15 bits of window; +16 reads gzip, plain reads zlib (what HTTP calls deflate).
  inflateInit2(&impl_->stream, coding == ContentCoding::Gzip ? 15 + 16 : 15);
}

Inflater::~Inflater() {
  inflateEnd(&impl_->stream);
}

Result<void> Inflater::feed(std::string_view bytes, std::string& out) {
  // Small bodies may well shrink by more than the ratio; it counts above 64 KiB.
  constexpr uint64_t kRatioFree = 64 * 1024;
  z_stream& z = impl_->stream;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  impl_->in += bytes.size();
  char block[16 * 1024];
  while (z.avail_in > 0 && !impl_->ended) {
    z.next_out = reinterpret_cast<Bytef*>(block);
    z.avail_out = sizeof block;
    const int code = inflate(&z, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return fail(Code::InvalidArgument, "The compressed body is damaged.",
                  "Check that content-encoding names how the body is really packed.",
                  "content-encoding");
    }
    const size_t made = sizeof block - z.avail_out;
    impl_->out += made;
    const bool bomb = impl_->out > kRatioFree && impl_->out > impl_->in * limits::kMaxInflateRatio;
    if (impl_->out > impl_->max_bytes || bomb) {
      return fail(Code::PayloadTooLarge,
                  "The compressed body unpacks to more than is allowed here (" +
                      std::to_string(impl_->max_bytes) + " bytes, or " +
                      std::to_string(limits::kMaxInflateRatio) + " times its size).");
    }
    out.append(block, made);
    impl_->ended = code == Z_STREAM_END;
    if (made == 0 && code == Z_BUF_ERROR) break;
  }
  if (impl_->ended && z.avail_in > 0) {
    return fail(Code::InvalidArgument, "Bytes follow the end of the compressed body.");
  }
  return {};
}

Result<void> Inflater::finish() const {
  if (impl_->ended) return {};
  return fail(Code::InvalidArgument, "The compressed body ends too early.", {}, "content-encoding");
}

}  // namespace tandem::net
