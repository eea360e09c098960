#include "store/journal/appender.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/errors.h"
#include "store/journal/format.h"
#include "store/journal/mapped_copy.h"

namespace tandem::store::journal {
namespace {

class WrittenAppender final : public Appender {
 public:
  explicit WrittenAppender(const File& file) : file_(file) {}

  // A short write means that the disk filled up in its middle; asking for the rest gets the reason.
  Result<void> put(uint64_t offset, std::span<const uint8_t> header,
                   std::span<const uint8_t> payload) override {
    const iovec parts[2] = {{const_cast<uint8_t*>(header.data()), header.size()},
                            {const_cast<uint8_t*>(payload.data()), payload.size()}};
    const size_t wanted = header.size() + payload.size();
    const ssize_t count =
        ::pwritev(file_.descriptor(), parts, payload.empty() ? 1 : 2, static_cast<off_t>(offset));
    if (count == static_cast<ssize_t>(wanted)) return {};
    if (count < 0 && errno != EINTR) {
      return fail(errors::file_failed(file_.path(), "be appended to", errno));
    }
    size_t done = count < 0 ? 0 : static_cast<size_t>(count);
    if (done < header.size()) {
      TRY_VOID(file_.write_at(header.subspan(done), offset + done));
      done = header.size();
    }
    return file_.write_at(payload.subspan(done - header.size()), offset + done);
  }
  Result<void> cut(uint64_t offset) override { return file_.truncate(offset); }

 private:
  const File& file_;
};

class MappedAppender final : public Appender {
 public:
  MappedAppender(const File& file, uint64_t capacity)
      : file_(file), capacity_(capacity), written_(file) {
    watch_for_bus_errors();
  }
  ~MappedAppender() override { unmap(); }

  Result<void> put(uint64_t offset, std::span<const uint8_t> header,
                   std::span<const uint8_t> payload) override {
    const uint64_t size = header.size() + payload.size();
    if (may_map_ && offset + size > end_) TRY_VOID(move_window(offset, size));
    // Where a mapped page cannot be had, a write gets the reason, or succeeds.
    may_map_ = may_map_ && copy_to_map(window_ + (offset - begin_), header, payload);
    return may_map_ ? Result<void>() : written_.put(offset, header, payload);
  }
  Result<void> cut(uint64_t offset) override {
    unmap();
    return written_.cut(offset);
  }

 private:
  Result<void> move_window(uint64_t offset, uint64_t size);
  Result<uint64_t> reserve(uint64_t offset, uint64_t size);
  void unmap();

  const File& file_;
  const uint64_t capacity_;
  WrittenAppender written_;
  bool may_map_ = true;
  // Mapped are the bytes of the file from begin_, where a page begins; end_ is as far as it
  // reaches.
  uint8_t* window_ = nullptr;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

constexpr uint64_t kSteps[] = {1024 * 1024, 64 * 1024, 0};

void MappedAppender::unmap() {
  if (window_ != nullptr) ::munmap(window_, end_ - begin_);
  window_ = nullptr;
  end_ = begin_ = 0;
}

// Reserves `size` bytes at `offset` or more; says how many. On a disk that is nearly full, what the
// record needs; 0 where the file system cannot reserve.
Result<uint64_t> MappedAppender::reserve(uint64_t offset, uint64_t size) {
  int reason = 0;
  for (const uint64_t step : kSteps) {
    const uint64_t room = capacity_ > offset ? capacity_ - offset : 0;
    const uint64_t length = std::max(size, std::min(step, room));
    int done = 0;
    do {
      done = ::fallocate(file_.descriptor(), 0, static_cast<off_t>(offset),
                         static_cast<off_t>(length));
    } while (done != 0 && errno == EINTR);
    if (done == 0) return length;
    reason = errno;
    if (reason == EOPNOTSUPP || reason == ENOSYS) return 0;
    if (reason != ENOSPC && reason != EFBIG && reason != EDQUOT) break;
  }
  return fail(errors::file_failed(file_.path(), "be appended to", reason));
}

Result<void> MappedAppender::move_window(uint64_t offset, uint64_t size) {
  static const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  TRY(const uint64_t reserved, reserve(offset, size));
  unmap();
  const uint64_t begin = offset / page * page;
  const uint64_t end = offset + reserved;
  void* window = MAP_FAILED;
  if (reserved > 0) {
    window = ::mmap(nullptr, end - begin, PROT_READ | PROT_WRITE, MAP_SHARED, file_.descriptor(),
                    static_cast<off_t>(begin));
  }
  may_map_ = window != MAP_FAILED;
  if (!may_map_) return {};
  window_ = static_cast<uint8_t*>(window);
  begin_ = begin;
  end_ = end;
  return {};
}

// From linux/magic.h.
constexpr int64_t kExt = 0xEF53;
constexpr int64_t kXfs = 0x58465342;
constexpr int64_t kTmpfs = 0x01021994;

}  // namespace

bool keeps_reservations(const File& file) {
  struct statfs status;
  if (::fstatfs(file.descriptor(), &status) != 0) return false;
  const auto type = static_cast<int64_t>(status.f_type);
  return type == kExt || type == kXfs || type == kTmpfs;
}

std::unique_ptr<Appender> make_appender(const File& file, Appending wanted, uint64_t capacity) {
  if (wanted == Appending::Mapped && keeps_reservations(file)) {
    return std::make_unique<MappedAppender>(file, capacity);
  }
  return std::make_unique<WrittenAppender>(file);
}

}  // namespace tandem::store::journal
