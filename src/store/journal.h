// Journal: the append-only, checksummed file that every reservation and settlement goes to before
// its response does. What append() acknowledged survives kill -9; what flush() (or the sync policy)
// acknowledged survives a power cut. One instance per folder, owned by the composition root; any
// thread may call it. Format, recovery and the reasons: docs/adr/0003-journal-format.md.
//   TRY(auto journal, Journal::open(data_dir / "journal", {}));
//   TRY(Position at, journal->append(RecordKind::Reserve, bytes));
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace tandem::store {

// The journal does not look into payloads; the kind only routes them to who folds them.
enum class RecordKind : uint8_t { Reserve = 1, Settle = 2, Release = 3, Audit = 4 };

// Where a record starts. Positions grow with time and are never used twice, not even after a torn
// tail was cut. The default value stands for the oldest record that is kept.
struct Position {
  uint64_t segment = 0;
  uint64_t offset = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Record {
  RecordKind kind = RecordKind::Reserve;
  Position position;
  Position next;                     // where reading goes on: the checkpoint to store
  std::span<const uint8_t> payload;  // valid until the reader is used again
};

// When a record reaches the disk, not only the kernel.
enum class Sync : uint8_t {
  Always,    // before append returns; appends that wait together share one fdatasync
  Interval,  // every `sync_interval_ms`, by a background thread
  Os,        // when the kernel likes (about 30 s), and in flush()
};

// How a record gets into its file (docs/adr/0003-journal-format.md).
enum class Appending : uint8_t {
  Mapped,   // copied into reserved, mapped space where the file system allows it, else Written
  Written,  // one write(2) for each
};

struct JournalOptions {
  uint64_t segment_bytes = uint64_t{64} * 1024 * 1024;
  Sync sync = Sync::Interval;
  int sync_interval_ms = 10;
  Appending appending = Appending::Mapped;
};

struct JournalStats {
  uint64_t appends = 0;
  uint64_t appended_bytes = 0;
  uint64_t syncs = 0;
  uint64_t failures = 0;         // appends and syncs that returned an error
  uint64_t recovered_bytes = 0;  // torn tail that open() cut and set aside
  uint64_t segments = 0;         // files now
  Position end;
  Position synced;  // everything before is on the disk
};

// Reads records in order, from any position, and may follow a journal that is being written, in
// this process or another. One thread at a time; survives the journal that made it.
class JournalReader {
 public:
  // `from`: a record's `position` or `next`, or {} for the oldest. NotFound where the position was
  // dropped. A position past the end of its segment (its tail was lost) goes on in the next one.
  static Result<JournalReader> open(const std::filesystem::path& folder, Position from);
  JournalReader(JournalReader&&) noexcept;
  JournalReader& operator=(JournalReader&&) noexcept;
  ~JournalReader();

  // The next record; nullopt at the end, where a later call continues. StorageFailed names file and
  // offset of damage and is returned again until skip_damaged_segment().
  Result<std::optional<Record>> next();
  Position position() const;  // of the next record

  // Gives up the rest of a damaged segment: reading goes on at the next one. False where there is
  // none yet.
  Result<bool> skip_damaged_segment();

 private:
  friend class Journal;
  struct State;
  explicit JournalReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Journal {
 public:
  // Creates the folder where it is missing and locks it against a second process. A torn tail of
  // the newest segment is cut, set aside in `*.torn` and logged. Damage before what was synced is
  // an error that names the file and the offset: nothing is thrown away by itself.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& folder,
                                               JournalOptions options = {});
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();  // flushes

  // A copy or one write(2). PayloadTooLarge above limits::kMaxJournalRecordBytes. StorageFailed
  // (disk full, read-only, I/O error) leaves the file as it was, and the next append tries again;
  // after a failed sync every append fails until the server is started again, because the kernel
  // may have dropped what it could not write.
  Result<Position> append(RecordKind kind, std::span<const uint8_t> payload);
  // Everything appended before is on the disk when it returns.
  Result<void> flush();
  Position end() const;
  // Deletes segments that lie wholly before `position`; never the one that is written.
  Result<void> drop_before(Position position);
  // A reader that never looks past what append() acknowledged.
  Result<JournalReader> reader(Position from) const;
  // Waits until end() is after `position`, at most `timeout_ms`; false where time ran out.
  bool wait_past(Position position, int64_t timeout_ms) const;
  JournalStats stats() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tandem::store
