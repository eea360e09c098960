#include "cost/ledger_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "cost/errors.h"
#include "store/insert_rows.h"

namespace tandem::cost {
namespace {

using store::InsertRows;
using store::Param;
using store::Statement;

// What every row has; ledger_names.h has the rest.
constexpr std::array<std::string_view, 7> kFixed = {
    "id", "names_no", "request_id", "attempt", "trace_id", "ended_us", "usage_reported"};
// Sums that are zero in most rows are left to their default; places in LedgerSums.
constexpr std::array<size_t, 11> kRareSums = {4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16};

// Half of the numbers are for hashes, half for calls whose hash was taken.
constexpr int64_t kHashes = int64_t{1} << (kRowNumberBits - 1);
constexpr int64_t kNumbers = int64_t{1} << kRowNumberBits;
// More calls than that in one microsecond go on in the numbers of the next ones.
constexpr int64_t kSpill = int64_t{1} << 20;
constexpr int kAttempts = 100;

constexpr Statement kFindRow{"ledger_row_find",
                             "SELECT id FROM ledger_rows WHERE id >= ? AND id < ? AND "
                             "request_id = ? AND attempt = ?"};
constexpr Statement kLastNumber{"ledger_row_last",
                                "SELECT MAX(id) FROM ledger_rows WHERE id >= ? AND id < ?"};

bool is_rare(size_t sum) {
  return std::find(kRareSums.begin(), kRareSums.end(), sum) != kRareSums.end();
}

InsertRows make_insert(bool with_rare) {
  std::vector<std::string_view> columns(kFixed.begin(), kFixed.end());
  size_t sum = 0;
  for (const LedgerColumn& column : ledger_columns()) {
    if (column.kind != ColumnKind::Summed) continue;
    if (with_rare || !is_rare(sum)) columns.push_back(column.name);
    ++sum;
  }
  return {"ledger_insert", fmt::format("ledger_rows ({})", fmt::join(columns, ", ")),
          columns.size(), "ON CONFLICT DO NOTHING"};
}

const InsertRows& insert_of(bool with_rare) {
  static const InsertRows kCommon = make_insert(false);
  static const InsertRows kWhole = make_insert(true);
  return with_rare ? kWhole : kCommon;
}

// FNV-1a: stored in ids, so it must never change.
int64_t number_of(const CallRecord& call) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : call.request_id) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  hash = (hash ^ static_cast<uint64_t>(call.attempt)) * 0x100000001b3;
  return static_cast<int64_t>((hash ^ hash >> 32) % static_cast<uint64_t>(kHashes));
}

std::string_view write_hex(const TraceId& id, std::array<char, 32>& out) {
  if (!id.valid()) return {};
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    out[2 * i] = kDigits[id.bytes[i] >> 4];
    out[2 * i + 1] = kDigits[id.bytes[i] & 15];
  }
  return {out.data(), out.size()};
}

}  // namespace

Result<void> RowWriter::prepare(store::Connection& connection,
                                std::span<const EndRecord* const> ends) {
  names_.begin();
  rows_.clear();
  cleaned_.clear();
  cleaned_.reserve(ends.size());  // rows point into it
  for (const EndRecord* end : ends) {
    Row& row = rows_.emplace_back();
    row.end = end;
    TRY(row.names, names_.find(connection, *end));
    row.id = first_row_id(end->call.started_us) + number_of(end->call);
    row.request_id = end->call.request_id;
    if (!is_database_text(row.request_id)) {
      row.request_id = cleaned_.emplace_back(database_text(row.request_id));
    }
    const LedgerSums sums = sums_of(*end);
    row.rare = std::any_of(kRareSums.begin(), kRareSums.end(),
                           [&sums](size_t sum) { return sums[sum] != 0; });
  }
  return {};
}

void RowWriter::add_params(Row& row, bool with_rare) {
  const EndRecord& end = *row.end;
  params_.emplace_back(row.id);
  params_.emplace_back(row.names->no);
  params_.emplace_back(row.request_id);
  params_.emplace_back(int64_t{end.call.attempt});
  params_.emplace_back(write_hex(end.call.trace_id, row.trace_id));
  params_.emplace_back(end.ended_us);
  params_.emplace_back(int64_t{end.usage.reported ? 1 : 0});
  const LedgerSums sums = sums_of(end);
  for (size_t i = 0; i < sums.size(); ++i) {
    if (with_rare || !is_rare(i)) params_.emplace_back(sums[i]);
  }
}

Result<RowWriter::Outcome> RowWriter::write_together(store::Connection& connection) {
  // In their order, so that most of them are appended to the table.
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
  Outcome outcome;
  for (const bool rare : {false, true}) {
    params_.clear();
    for (Row& row : rows_) {
      if (row.rare == rare) add_params(row, rare);
    }
    TRY(const int64_t inserted, insert_of(rare).run(connection, params_));
    outcome.rows += static_cast<uint64_t>(inserted);
  }
  outcome.must_be_one_by_one = outcome.rows != rows_.size();
  return outcome;
}

Result<bool> RowWriter::insert_alone(store::Connection& connection, Row& row) {
  const int64_t first = first_row_id(row.end->call.started_us);
  const auto id_of = [](const store::Row& found) {
    return found.is_null(0) ? int64_t{-1} : found.integer(0);
  };
  TRY(const auto known,
      connection.find(kFindRow,
                      {first, first + kSpill, row.request_id, int64_t{row.end->call.attempt}},
                      id_of));
  if (known) return false;
  params_.clear();
  add_params(row, true);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY(const int64_t inserted, insert_of(true).run(connection, params_));
    if (inserted == 1) return true;
    // The hash is taken by another call of this microsecond: the next free number behind hashes.
    int64_t next = first + kHashes;
    for (const int64_t end : {first + kNumbers, first + kSpill}) {
      TRY(const auto last, connection.find(kLastNumber, {first + kHashes, end}, id_of));
      next = std::max(next, last.value_or(-1) + 1);
      if (next < end) break;
    }
    params_[0] = row.id = next;
  }
  return fail(errors::row_ids_taken());
}

Result<RowWriter::Outcome> RowWriter::write_one_by_one(store::Connection& connection,
                                                       HourDeltas& sums) {
  Outcome outcome;
  for (Row& row : rows_) {
    TRY(const bool inserted, insert_alone(connection, row));
    ++(inserted ? outcome.rows : outcome.duplicates);
    if (!inserted) continue;
    sums.add(*row.names, *row.end);
    added_.push_back({row.id, row.end->call.trace_id});
  }
  return outcome;
}

Result<RowWriter::Outcome> RowWriter::write(store::Connection& connection,
                                            std::span<const EndRecord* const> ends, RowMode mode) {
  TRY_VOID(prepare(connection, ends));
  HourDeltas sums;
  Outcome outcome;
  added_.clear();
  if (mode == RowMode::Together) {
    TRY(outcome, write_together(connection));
    if (outcome.must_be_one_by_one) return outcome;
    for (const Row& row : rows_) {
      sums.add(*row.names, *row.end);
      added_.push_back({row.id, row.end->call.trace_id});
    }
  } else {
    TRY(outcome, write_one_by_one(connection, sums));
  }
  TRY_VOID(sums.write(connection));
  if (connection.dialect() == store::Dialect::Sqlite) TRY_VOID(traces_.add(connection, added_));
  return outcome;
}

}  // namespace tandem::cost
