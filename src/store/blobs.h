// Blobs: immutable bytes under the SHA-256 of their content ("blob:<64 hex digits>"). Equal content
// is stored once. One instance per store, owned by the composition root; any thread may call it,
// calls block on the disk or the network: use a pool, never an io thread.
//   TRY(auto blobs, store::open_folder_blobs(data_dir / "blobs"));
//   TRY(BlobInfo stored, blobs->put_bytes(bytes));
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace tandem::store {

// The name of a blob is 32 bytes, so that no name can ever be a path.
class BlobId {
 public:
  static constexpr size_t kBytes = 32;

  BlobId() = default;
  explicit BlobId(const std::array<uint8_t, kBytes>& sha256) : sha256_(sha256) {}
  // Reads "blob:" and 64 hex digits; InvalidArgument for anything else.
  static Result<BlobId> parse(std::string_view text);

  std::string str() const;  // "blob:" + hex()
  std::string hex() const;
  std::span<const uint8_t, kBytes> sha256() const { return sha256_; }

  friend auto operator<=>(const BlobId&, const BlobId&) = default;

 private:
  std::array<uint8_t, kBytes> sha256_{};
};

struct BlobInfo {
  BlobId id;
  uint64_t size_bytes = 0;
};

struct BlobLimits {
  uint64_t max_bytes = limits::kMaxUploadBytes;  // one byte more is PayloadTooLarge
};

// Where put() takes bytes from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills a part of `into`; 0 is the end.
  virtual Result<size_t> read(std::span<uint8_t> into) = 0;
};

// One blob on its way in. Destroyed before finish(): nothing is kept. One thread at a time.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Result<void> write(std::span<const uint8_t> bytes) = 0;
  // Durable when it returns. `expected`: InvalidArgument where the content is another.
  virtual Result<BlobInfo> finish(std::optional<BlobId> expected = std::nullopt) = 0;
};

// One blob on its way out. One thread at a time.
class BlobReader : public ByteSource {
 public:
  virtual uint64_t size_bytes() const = 0;
  // The content is hashed on its way: the call that would hand out the last bytes returns
  // StorageFailed instead where they are not those that were stored.
  Result<size_t> read(std::span<uint8_t> into) override = 0;
};

class Blobs {
 public:
  virtual ~Blobs() = default;
  virtual Result<std::unique_ptr<BlobWriter>> start(BlobLimits limits = {}) = 0;
  virtual Result<std::unique_ptr<BlobReader>> open(const BlobId& id) = 0;  // NotFound
  virtual Result<std::optional<uint64_t>> find_size(const BlobId& id) = 0;
  // True where it was there.
  virtual Result<bool> remove(const BlobId& id) = 0;
  // A file with the content, for engines that open models by path. It may be a cached copy; it must
  // not be changed, and lives until remove(). The content is verified on every call.
  virtual Result<std::filesystem::path> local_path(const BlobId& id) = 0;

  Result<BlobInfo> put(ByteSource& source, BlobLimits limits = {});
  Result<BlobInfo> put_bytes(std::span<const uint8_t> bytes, BlobLimits limits = {});
  Result<BlobInfo> put_text(std::string_view bytes, BlobLimits limits = {});
  // The whole content, verified; PayloadTooLarge above `max_bytes`.
  Result<std::string> get(const BlobId& id, uint64_t max_bytes);
  Result<bool> exists(const BlobId& id);
};

// Blobs as files `<folder>/ab/<hex>`, written to `<folder>/incoming`, synced, then renamed. The
// folder is created; what a crash left in `incoming` is removed. One process at a time.
Result<std::unique_ptr<Blobs>> open_folder_blobs(const std::filesystem::path& folder);

}  // namespace tandem::store
