#include "cost/ledger_traces.h"

#include <algorithm>
#include <cstring>

namespace tandem::cost {
namespace {

using store::Statement;

// A block with so many hashes is not touched again: 16 KiB.
constexpr size_t kFullBlock = 4096;
constexpr size_t kHashBytes = 4;
// So many blocks are gathered before they are merged.
constexpr int64_t kMostOpen = 32;
// More places than that are one.
constexpr size_t kMostRanges = 64;

constexpr Statement kOpen{"ledger_traces_open",
                          "SELECT COALESCE(MAX(block) + 1, 1), "
                          "(SELECT COALESCE(MAX(block) + 1, 1) FROM ledger_traces "
                          "WHERE traces < 0 OR traces >= ?) FROM ledger_traces"};
constexpr Statement kInsert{"ledger_traces_insert",
                            "INSERT INTO ledger_traces (block, first_id, last_id, traces, hashes) "
                            "VALUES (?, ?, ?, ?, ?)"};
constexpr Statement kRead{"ledger_traces_read",
                          "SELECT first_id, last_id, hashes FROM ledger_traces WHERE block >= ?"};
constexpr Statement kDelete{"ledger_traces_delete", "DELETE FROM ledger_traces WHERE block >= ?"};
constexpr Statement kFind{"ledger_traces_find",
                          "SELECT first_id, last_id, traces, hashes FROM ledger_traces "
                          "WHERE last_id >= ? AND first_id <= ?"};

// Stored: must never change. Whichever part of an id is random, the hash is.
uint32_t hash_of(const TraceId& id) {
  uint32_t hash = 0;
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    hash ^= uint32_t{id.bytes[i]} << (i % kHashBytes * 8);
  }
  return hash;
}

void append_hash(std::string& out, uint32_t hash) {
  for (size_t i = 0; i < kHashBytes; ++i) out += static_cast<char>(hash >> (8 * i));
}

bool has_hash(std::span<const uint8_t> hashes, std::string_view wanted) {
  for (size_t i = 0; i + kHashBytes <= hashes.size(); i += kHashBytes) {
    if (std::memcmp(&hashes[i], wanted.data(), kHashBytes) == 0) return true;
  }
  return false;
}

// Sorted and without overlaps; one for all where there are too many.
std::vector<RowIdRange> tidied(std::vector<RowIdRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const RowIdRange& a, const RowIdRange& b) { return a.first < b.first; });
  std::vector<RowIdRange> out;
  for (const RowIdRange& range : ranges) {
    if (!out.empty() && range.first <= out.back().last) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  if (out.size() > kMostRanges) out = {{out.front().first, out.back().last}};
  return out;
}

}  // namespace

Result<LedgerTraces::Open> LedgerTraces::load(store::Connection& connection) {
  Open open;
  TRY_VOID(connection.query(kOpen, {static_cast<int64_t>(kFullBlock)}, [&](const store::Row& row) {
    open.first = row.integer(1);
    open.count = row.integer(0) - open.first;
    return false;
  }));
  return open;
}

Result<void> LedgerTraces::insert(store::Connection& connection, int64_t no, const Block& block) {
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(block.hashes.data()),
                                       block.hashes.size());
  TRY_VOID(connection.run(kInsert, {no, block.rows.first, block.rows.last,
                                    static_cast<int64_t>(bytes.size() / kHashBytes), bytes}));
  return {};
}

Result<void> LedgerTraces::add(store::Connection& connection, std::span<const RowOfTrace> rows) {
  Block block;
  for (const RowOfTrace& row : rows) {
    if (!row.trace_id.valid()) continue;
    append_hash(block.hashes, hash_of(row.trace_id));
    block.rows.first = std::min(block.rows.first, row.row_id);
    block.rows.last = std::max(block.rows.last, row.row_id);
  }
  if (block.hashes.empty()) return {};
  if (!open_) {
    TRY(open_, load(connection));
  }
  TRY_VOID(insert(connection, open_->first + open_->count, block));
  ++open_->count;
  return open_->count < kMostOpen ? Result<void>() : merge(connection);
}

Result<void> LedgerTraces::merge(store::Connection& connection) {
  Block merged;
  TRY_VOID(connection.query(kRead, {open_->first}, [&](const store::Row& row) {
    merged.rows.first = std::min(merged.rows.first, row.integer(0));
    merged.rows.last = std::max(merged.rows.last, row.integer(1));
    const auto bytes = row.blob(2);
    merged.hashes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return true;
  }));
  TRY_VOID(connection.run(kDelete, {open_->first}));
  TRY_VOID(insert(connection, open_->first, merged));
  const bool full = merged.hashes.size() / kHashBytes >= kFullBlock;
  open_ = full ? Open{open_->first + 1, 0} : Open{open_->first, 1};
  return {};
}

Result<std::vector<RowIdRange>> find_trace(store::Connection& connection, const TraceId& trace_id,
                                           RowIdRange bounds) {
  std::string wanted;
  append_hash(wanted, hash_of(trace_id));
  std::vector<RowIdRange> found;
  TRY_VOID(connection.query(kFind, {bounds.first, bounds.last}, [&](const store::Row& row) {
    // Negative: rows from before there were blocks, of which nothing is known.
    if (row.integer(2) < 0 || has_hash(row.blob(3), wanted)) {
      found.push_back(
          {std::max(row.integer(0), bounds.first), std::min(row.integer(1), bounds.last)});
    }
    return true;
  }));
  return tidied(std::move(found));
}

}  // namespace tandem::cost
