// What every blob store shares: ids, and whole blobs over the streaming calls.
#include "store/blobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text/encode.h"

namespace tandem::store {
namespace {

constexpr std::string_view kPrefix = "blob:";
constexpr size_t kChunkBytes = 256 * 1024;

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

Result<BlobId> BlobId::parse(std::string_view text) {
  const std::string_view hex = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : "";
  if (hex.size() != 2 * kBytes || !std::ranges::all_of(hex, is_hex_digit)) {
    return fail(Code::InvalidArgument,
                "A blob id is blob: followed by 64 lower-case hexadecimal digits (the SHA-256 of "
                "the content).");
  }
  const std::string bytes = text::from_hex(hex).value_or(std::string(kBytes, '\0'));
  std::array<uint8_t, kBytes> sha256{};
  std::copy_n(bytes.begin(), kBytes, sha256.begin());
  return BlobId(sha256);
}

std::string BlobId::hex() const {
  return text::to_hex(sha256_);
}
std::string BlobId::str() const {
  return std::string(kPrefix) + hex();
}

Result<BlobInfo> Blobs::put(ByteSource& source, BlobLimits limits) {
  TRY(std::unique_ptr<BlobWriter> writer, start(limits));
  std::vector<uint8_t> buffer(kChunkBytes);
  while (true) {
    TRY(const size_t count, source.read(buffer));
    if (count == 0) return writer->finish();
    TRY_VOID(writer->write(std::span(buffer).first(count)));
  }
}

Result<BlobInfo> Blobs::put_bytes(std::span<const uint8_t> bytes, BlobLimits limits) {
  TRY(std::unique_ptr<BlobWriter> writer, start(limits));
  TRY_VOID(writer->write(bytes));
  return writer->finish();
}

Result<BlobInfo> Blobs::put_text(std::string_view bytes, BlobLimits limits) {
  return put_bytes({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, limits);
}

Result<std::string> Blobs::get(const BlobId& id, uint64_t max_bytes) {
  TRY(std::unique_ptr<BlobReader> reader, open(id));
  const uint64_t size = reader->size_bytes();
  if (size > max_bytes) {
    return fail(Code::PayloadTooLarge,
                fmt::format("Blob {} has {} bytes; at most {} are read at once.", id.str(), size,
                            max_bytes));
  }
  std::string content(size, '\0');
  auto* at = reinterpret_cast<uint8_t*>(content.data());
  // At least one call: the last one checks the content, also of an empty blob.
  size_t done = 0;
  do {
    TRY(const size_t count, reader->read({at + done, size - done}));
    if (count == 0) break;
    done += count;
  } while (done < size);
  return content;
}

Result<bool> Blobs::exists(const BlobId& id) {
  TRY(const std::optional<uint64_t> size, find_size(id));
  return size.has_value();
}

}  // namespace tandem::store
