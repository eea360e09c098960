#include "cost/ledger_fold.h"

#include <algorithm>

#include "base/log.h"
#include "cost/errors.h"

namespace tandem::cost {

using store::Position;
using store::RecordKind;

LedgerFold::LedgerFold(store::Db& db, store::Journal& journal, const LedgerOptions& options)
    : db_(db), journal_(journal), options_(options) {}

Result<void> LedgerFold::open() {
  TRY(const auto stored, db_.read_now([this](store::Connection& connection) {
    return ledger_store::read_checkpoint(connection, options_.node);
  }));
  checkpoint_ = stored.value_or(ledger_store::Checkpoint{});
  const Position end = journal_.end();
  if (checkpoint_.fold > end) {
    // A power cut took records that the database had already taken: they are folded, go on here.
    log::warn("cost",
              "the journal ends before the ledger's checkpoint; its tail was lost, the "
              "ledger has it");
    checkpoint_.fold = end;
  }
  checkpoint_.low = std::min(checkpoint_.low, checkpoint_.fold);
  read_to_ = checkpoint_.fold;
  TRY(reader_, open_reader(checkpoint_.low));
  return {};
}

Result<store::JournalReader> LedgerFold::open_reader(Position from) {
  auto reader = journal_.reader(from);
  if (reader || reader.error().code != Code::NotFound) return reader;
  log::error("cost",
             "segments of the journal that the ledger still needed are gone; reading on at "
             "the oldest one");
  return journal_.reader({});
}

Result<LedgerFold::Read> LedgerFold::read() {
  while (!batch_full()) {
    auto record = reader_->next();
    if (!record) {
      TRY_VOID(skip_damage(record.error()));
      continue;
    }
    if (!record->has_value()) return Read::AtEnd;
    TRY_VOID(take(**record));
  }
  return Read::More;
}

Result<void> LedgerFold::skip_damage(const Error& damage) {
  if (options_.on_damage == OnDamage::Stop) return fail(errors::journal_damaged(damage));
  TRY(const bool skipped, reader_->skip_damaged_segment());
  if (!skipped) return fail(errors::journal_damaged(damage));
  ++counters_.damaged_segments;
  log::error("cost", "skipped the rest of a damaged journal segment: {}", damage.message);
  return {};
}

Result<void> LedgerFold::take(const store::Record& record) {
  // Before the fold position only open calls are of interest: ends are rows already.
  const bool folded = record.position < checkpoint_.fold;
  const bool is_reserve = record.kind == RecordKind::Reserve;
  const bool is_end = record.kind == RecordKind::Settle || record.kind == RecordKind::Release;
  if ((is_reserve || is_end) && !record.payload.empty() && record.payload[0] > kRecordVersion) {
    return fail(errors::record_version(record.payload[0]));
  }
  Pending pending{record.kind, record.position, {}, 0, {}, {}};
  // Reservations and other folders' records only move the checkpoint; their bytes are not needed.
  if (is_end) pending.payload.assign(record.payload.begin(), record.payload.end());
  if (is_reserve) take_reserve(record, pending);
  if (is_end) take_end(pending);
  read_to_ = std::max(read_to_, record.next);
  if (folded) return {};
  batch_.push_back(std::move(pending));
  return {};
}

void LedgerFold::take_reserve(const store::Record& record, Pending& pending) {
  const auto reserve = decode_reserve(record.payload);
  if (!reserve) {
    pending.error = reserve.error().message;
    pending.payload.assign(record.payload.begin(), record.payload.end());
    return;
  }
  pending.made_us = reserve->call.started_us;
  open_calls_.reserved(reserve->call, record.position);
}

void LedgerFold::take_end(Pending& pending) {
  auto end = decode_end(pending.payload);
  if (!end) {
    pending.error = end.error().message;
    return;
  }
  pending.made_us = end->ended_us;
  open_calls_.ended(end->call);
  pending.end = std::move(*end);
}

Result<void> LedgerFold::commit() {
  const ledger_store::Checkpoint next{read_to_, open_calls_.low_water(read_to_)};
  bool one_by_one = false;
  auto outcome = db_.write_now([&](store::Connection& connection) -> Result<Outcome> {
    TRY(const Outcome written, write(connection, next, RowMode::Together));
    one_by_one = written.rows.must_be_one_by_one;
    if (one_by_one) return fail(Code::AlreadyExists, "The rows must be written one by one.");
    return written;
  });
  if (one_by_one) {
    rows_.forget();
    outcome = db_.write_now(
        [&](store::Connection& connection) { return write(connection, next, RowMode::OneByOne); });
  }
  if (!outcome) {
    rows_.forget();
    return fail(std::move(outcome).error());
  }
  checkpoint_ = next;
  batch_.clear();
  ++counters_.commits;
  counters_.rows += outcome->rows.rows;
  counters_.duplicates += outcome->rows.duplicates;
  counters_.rejects += outcome->rejects;
  drop_old_segments();
  return {};
}

Result<LedgerFold::Outcome> LedgerFold::write(store::Connection& connection,
                                              const ledger_store::Checkpoint& next, RowMode mode) {
  Outcome outcome;
  ends_.clear();
  for (const Pending& pending : batch_) {
    if (pending.end) ends_.push_back(&*pending.end);
  }
  TRY(outcome.rows, rows_.write(connection, ends_, mode));
  if (outcome.rows.must_be_one_by_one) return outcome;
  TRY_VOID(write_rejects(connection, outcome));
  TRY_VOID(ledger_store::write_checkpoint(connection, options_.node, next));
  return outcome;
}

Result<void> LedgerFold::write_rejects(store::Connection& connection, Outcome& outcome) const {
  for (const Pending& pending : batch_) {
    if (pending.error.empty()) continue;
    log::error("cost", "a record of the journal is kept in ledger_rejects: {}", pending.error);
    TRY_VOID(ledger_store::insert_reject(connection, options_.node, pending.position, pending.kind,
                                         pending.payload, pending.error));
    ++outcome.rejects;
  }
  return {};
}

void LedgerFold::drop_old_segments() {
  Position keep = checkpoint_.low;
  if (options_.keep_from) keep = std::min(keep, options_.keep_from());
  if (keep.segment <= dropped_before_) return;
  if (auto dropped = journal_.drop_before(keep); !dropped) {
    log::warn("cost", "old journal segments stay: {}", dropped.error().describe());
    return;
  }
  dropped_before_ = keep.segment;
}

Result<size_t> LedgerFold::settle_orphans(WallUs now_us) {
  size_t settled = 0;
  for (const Position& position : open_calls_.positions()) {
    TRY(auto reader, journal_.reader(position));
    TRY(const auto record, reader.next());
    if (!record) return fail(Code::Internal, "A reservation of the journal vanished.");
    RecordBytes end;
    TRY_VOID(encode_orphan_end(record->payload, now_us, end));
    TRY_VOID(journal_.append(RecordKind::Settle, end.view()));
    ++settled;
  }
  return settled;
}

}  // namespace tandem::cost
