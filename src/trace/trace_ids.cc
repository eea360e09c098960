#include "trace/trace_ids.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "trace/rows.h"

namespace tandem::trace {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kWaiting{
    "traces.waiting_ids",
    "SELECT key, project_no, trace_id FROM traces WHERE key > ? ORDER BY key"};
constexpr Statement kFind{"traces.find_key",
                          "SELECT key FROM trace_ids WHERE trace_id = ? AND project_no = ?"};
// A run whose last slices were lost in a crash is merged again; an id whose trace was deleted may
// come back with another key.
constexpr Statement kAdd{"traces.index_id",
                         "INSERT INTO trace_ids (trace_id, project_no, key) VALUES (?, ?, ?) "
                         "ON CONFLICT (trace_id, project_no) DO UPDATE SET key = excluded.key"};

constexpr size_t kSliceFactor = 3;  // a run is merged in a third of the time that filled it
constexpr size_t kLeastSlice = 64;

}  // namespace

size_t TraceIds::NameHash::operator()(const Name& name) const {
  uint64_t low = 0;
  uint64_t high = 0;
  std::memcpy(&low, name.trace_id.bytes.data(), 8);
  std::memcpy(&high, name.trace_id.bytes.data() + 8, 8);
  return (low ^ high ^ static_cast<uint64_t>(name.project_no)) * 0x9E3779B97F4A7C15;
}

Result<void> TraceIds::load(store::Connection& connection, int64_t indexed_key) {
  Map found;
  int64_t last = indexed_key;
  TRY_VOID(connection.query(kWaiting, {indexed_key}, [&](const Row& row) {
    const TraceId id = trace_id_of(row.blob(2)).value_or(TraceId{});
    found.insert_or_assign(Name{id, row.integer(1)}, row.integer(0));
    last = row.integer(0);
    return true;
  }));
  std::unique_lock lock(mutex_);
  current_ = std::move(found);
  merging_.clear();
  merged_.clear();
  run_.clear();
  merged_entries_ = 0;
  indexed_key_ = indexed_key;
  current_last_key_ = last;
  return {};
}

Result<std::optional<int64_t>> TraceIds::find(store::Connection& connection, int64_t project_no,
                                              const TraceId& trace_id) const {
  const Name name{trace_id, project_no};
  {
    std::shared_lock lock(mutex_);
    for (const Map* map : {&current_, &merging_, &merged_}) {
      if (const auto found = map->find(name); found != map->end()) return found->second;
    }
  }
  return find_in_table(connection, name);
}

Result<std::optional<int64_t>> TraceIds::find_in_table(store::Connection& connection,
                                                       const Name& name) {
  return connection.find(kFind, {std::span<const uint8_t>(name.trace_id.bytes), name.project_no},
                         [](const Row& row) { return row.integer(0); });
}

Result<std::optional<int64_t>> TraceIds::find_when_writing(store::Connection& connection,
                                                           int64_t project_no,
                                                           const TraceId& trace_id) const {
  // Only this thread changes the maps, so it reads them without the lock.
  const Name name{trace_id, project_no};
  for (const Map* map : {&current_, &merging_}) {
    if (map->empty()) continue;
    if (const auto found = map->find(name); found != map->end()) return found->second;
  }
  // No run is complete yet, so the maps hold every id of this young file.
  if (indexed_key_ == 0) return std::nullopt;
  return find_in_table(connection, name);
}

void TraceIds::add(int64_t project_no, const TraceId& trace_id, int64_t key) {
  std::unique_lock lock(mutex_);
  current_.insert_or_assign(Name{trace_id, project_no}, key);
  current_last_key_ = key;
}

void TraceIds::start_run() {
  {
    std::unique_lock lock(mutex_);
    merged_ = std::move(merging_);
    merging_ = std::move(current_);
    current_ = Map();
    current_.reserve(run_length_);
  }
  run_last_key_ = current_last_key_;
  run_.clear();
  run_.reserve(merging_.size());
  for (const auto& [name, key] : merging_) run_.push_back({name, key});
  std::sort(run_.begin(), run_.end(), [](const Entry& a, const Entry& b) {
    return a.name.trace_id.bytes < b.name.trace_id.bytes;
  });
  merged_entries_ = 0;
}

Result<void> TraceIds::merge(store::Connection& connection, size_t new_ids) {
  if (run_.empty()) {
    if (current_.size() < run_length_) return {};
    start_run();
  }
  const size_t slice = std::max(kLeastSlice, new_ids * kSliceFactor);
  const size_t end = std::min(run_.size(), merged_entries_ + slice);
  for (; merged_entries_ < end; ++merged_entries_) {
    const Entry& entry = run_[merged_entries_];
    TRY_VOID(connection.run(kAdd, {std::span<const uint8_t>(entry.name.trace_id.bytes),
                                   entry.name.project_no, entry.key}));
  }
  if (merged_entries_ < run_.size()) return {};
  indexed_key_ = run_last_key_;
  run_ = {};
  return {};
}

size_t TraceIds::waiting() const {
  std::shared_lock lock(mutex_);
  return current_.size() + merging_.size();
}

}  // namespace tandem::trace
