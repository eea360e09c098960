// The synchronous half of the ledger: reads a batch from the journal, writes it to the database.
// One thread. ledger.cc drives it, at start and in the background.
#pragma once

#include <optional>
#include <vector>

#include "cost/ledger.h"
#include "cost/ledger_rows.h"
#include "cost/ledger_store.h"
#include "cost/open_calls.h"

namespace tandem::cost {

class LedgerFold {
 public:
  // `db`, `journal` and `options` outlive it.
  LedgerFold(store::Db& db, store::Journal& journal, const LedgerOptions& options);

  // Reads the checkpoint and opens the journal where it says.
  Result<void> open();

  enum class Read : uint8_t { More, AtEnd };
  // Adds records to the batch until it is full or the journal's end is reached.
  Result<Read> read();
  // One transaction: rows, sums, rejects, checkpoint. Success empties the batch; a failure keeps
  // it, and the same call tries again.
  Result<void> commit();

  bool batch_empty() const { return batch_.empty(); }
  bool batch_full() const { return batch_.size() >= options_.batch_records; }
  size_t batch_size() const { return batch_.size(); }
  // When the oldest record of the batch was made; 0 where it is empty.
  WallUs oldest_us() const { return batch_.empty() ? 0 : batch_.front().made_us; }

  // Appends an estimated end to the journal for every open call; read() then finds those.
  Result<size_t> settle_orphans(WallUs now_us);

  const OpenCalls& open_calls() const { return open_calls_; }
  store::Position folded() const { return checkpoint_.fold; }

  // What of LedgerStats arises here.
  struct Counters {
    uint64_t rows = 0, duplicates = 0, rejects = 0, commits = 0, damaged_segments = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Pending {
    store::RecordKind kind;
    store::Position position;
    std::vector<uint8_t> payload;
    WallUs made_us = 0;
    std::string error;             // not empty: could not be read
    std::optional<EndRecord> end;  // views into the payload
  };
  struct Outcome {
    RowWriter::Outcome rows;
    uint64_t rejects = 0;
  };

  Result<store::JournalReader> open_reader(store::Position from);
  Result<void> skip_damage(const Error& damage);
  Result<void> take(const store::Record& record);
  void take_reserve(const store::Record& record, Pending& pending);
  void take_end(Pending& pending);
  Result<Outcome> write(store::Connection& connection, const ledger_store::Checkpoint& next,
                        RowMode mode);
  Result<void> write_rejects(store::Connection& connection, Outcome& outcome) const;
  void drop_old_segments();

  store::Db& db_;
  store::Journal& journal_;
  const LedgerOptions& options_;
  std::optional<store::JournalReader> reader_;
  ledger_store::Checkpoint checkpoint_;
  store::Position read_to_;  // the checkpoint once the batch is written
  OpenCalls open_calls_;
  std::vector<Pending> batch_;
  std::vector<const EndRecord*> ends_;  // of the batch
  RowWriter rows_;
  uint64_t dropped_before_ = 0;  // the segment up to which the journal was told to drop
  Counters counters_;
};

}  // namespace tandem::cost
