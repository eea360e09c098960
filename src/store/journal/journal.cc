#include "store/journal.h"

#include <fcntl.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/journal/journal_errors.h"
#include "store/journal/reader_state.h"
#include "store/journal/recovery.h"
#include "store/journal/writer.h"

namespace tandem::store {

namespace errors = journal::errors;
using journal::kRecordHeaderBytes;
using journal::kSegmentHeaderBytes;
using journal::Progress;
using journal::Recovered;
using journal::SegmentWriter;

struct Journal::State {
  State(std::filesystem::path path, JournalOptions chosen)
      : folder(std::move(path)), options(chosen), progress(std::make_shared<Progress>()) {}

  enum class What : uint8_t { Everything, FullSegments };

  Result<void> start();
  Result<void> start_segment(const Recovered& recovered);
  void stop();

  Result<Position> write(RecordKind kind, std::span<const uint8_t> payload);
  Result<void> rotate();
  Result<void> sync_until(Position target, What what);
  Result<void> sync_segments(What what);
  void remember_synced(Position position);
  bool needs_sync() const;
  void sync_loop();

  const std::filesystem::path folder;
  const JournalOptions options;
  File lock;
  File state_file;
  const std::shared_ptr<Progress> progress;

  // Under progress->mutex.
  std::shared_ptr<SegmentWriter> current;
  std::vector<std::shared_ptr<SegmentWriter>> unsynced;  // full segments, oldest first
  bool folder_changed = false;
  std::optional<Error> failed;  // a sync failed: nothing more is accepted
  bool stopping = false;
  Position synced;
  bool sync_runs = false;
  // No mutex is held during a sync: a caller that has its answer would take it again for its next
  // append before the others wake, and nobody would share a sync.
  std::condition_variable sync_ended;

  std::thread syncer;

  mutable std::atomic<uint64_t> appends{0};
  std::atomic<uint64_t> appended_bytes{0};
  std::atomic<uint64_t> syncs{0};
  std::atomic<uint64_t> failures{0};
  uint64_t recovered_bytes = 0;
};

Result<void> Journal::State::start() {
  TRY_VOID(create_folder(folder));
  TRY(lock, journal::lock_folder(folder));
  TRY(const Recovered recovered, journal::recover(folder));
  recovered_bytes = recovered.cut_bytes;
  TRY_VOID(start_segment(recovered));
  TRY(state_file, File::open(journal::state_path(folder), O_CREAT | O_RDWR));
  // What was found is what counts from now on, so it must not get lost either.
  for (uint64_t number : recovered.unsynced) {
    TRY(const File file, File::open(journal::segment_path(folder, number), O_RDWR));
    TRY_VOID(file.sync_data());
  }
  folder_changed = true;
  TRY_VOID(sync_segments(What::Everything));
  if (options.sync != Sync::Always) syncer = std::thread([this] { sync_loop(); });
  return {};
}

Result<void> Journal::State::start_segment(const Recovered& recovered) {
  if (recovered.end.segment != 0 && recovered.may_continue) {
    TRY(current, SegmentWriter::reopen(folder, recovered.end, recovered.salt, options));
  } else {
    TRY(current, SegmentWriter::create(folder, recovered.newest + 1, recovered.previous, options));
  }
  progress->end = {current->number(), current->size()};
  return {};
}

void Journal::State::stop() {
  {
    std::lock_guard guard(progress->mutex);
    stopping = true;
    progress->closed = true;
  }
  progress->moved.notify_all();
  if (syncer.joinable()) syncer.join();
  if (current == nullptr || state_file.descriptor() < 0) return;
  // Recovery knows reserved bytes from records; a closed file is without them all the same.
  if (Result<void> done = current->cut(); !done) log::warn("store", "{}", done.error().describe());
  if (Result<void> done = sync_until(progress->current_end(), What::Everything); !done) {
    log::error("store", "{}", done.error().describe());
  }
}

// Under progress->mutex. First the cut: in a segment with a successor, every byte is a record's.
Result<void> Journal::State::rotate() {
  TRY_VOID(current->cut());
  TRY(std::shared_ptr<SegmentWriter> next,
      SegmentWriter::create(folder, current->number() + 1, current->number(), options));
  unsynced.push_back(std::move(current));
  current = std::move(next);
  folder_changed = true;
  progress->end = {current->number(), current->size()};
  return {};
}

// Under progress->mutex: a record's place is known only once every earlier one is whole, and a
// failed write can be undone only while nothing stands behind it.
Result<Position> Journal::State::write(RecordKind kind, std::span<const uint8_t> payload) {
  if (failed) return fail(*failed);
  const uint64_t size = kRecordHeaderBytes + payload.size();
  const bool is_full = current->size() + size > options.segment_bytes;
  if (is_full && current->size() > kSegmentHeaderBytes) TRY_VOID(rotate());
  const Position at{current->number(), current->size()};
  TRY_VOID(current->append(kind, payload));
  progress->end = {current->number(), current->size()};
  return at;
}

// The first caller syncs for all that came before it started; who comes during a sync waits for it
// and finds its target done, or is the next to sync.
Result<void> Journal::State::sync_until(Position target, What what) {
  std::unique_lock guard(progress->mutex);
  while (true) {
    if (failed) return fail(*failed);
    if (synced >= target) return {};
    if (!sync_runs) break;
    sync_ended.wait(guard);
  }
  sync_runs = true;
  guard.unlock();
  Result<void> done = sync_segments(what);
  guard.lock();
  sync_runs = false;
  if (!done) {
    failures.fetch_add(1, std::memory_order_relaxed);
    failed = errors::sync_failed(done.error());
    done = fail(*failed);
  }
  guard.unlock();
  sync_ended.notify_all();
  return done;
}

// By the one thread that set sync_runs, or before any thread runs.
Result<void> Journal::State::sync_segments(What what) {
  std::vector<std::shared_ptr<SegmentWriter>> segments;
  Position reached;
  bool sync_names = false;
  {
    std::lock_guard guard(progress->mutex);
    segments.swap(unsynced);
    reached = {current->number(), kSegmentHeaderBytes};
    if (what == What::Everything) {
      segments.push_back(current);
      reached = progress->end;
    } else if (segments.empty()) {
      return {};
    } else {
      reached = {segments.back()->number(), segments.back()->size()};
    }
    sync_names = std::exchange(folder_changed, false);
  }
  for (const std::shared_ptr<SegmentWriter>& segment : segments) TRY_VOID(segment->sync());
  if (sync_names) TRY_VOID(sync_folder(folder));
  syncs.fetch_add(1, std::memory_order_relaxed);
  remember_synced(reached);
  return {};
}

void Journal::State::remember_synced(Position position) {
  {
    std::lock_guard guard(progress->mutex);
    synced = position;
  }
  // Only tells a later recovery what must be whole; without it, it is more lenient.
  if (Result<void> written = state_file.write_at(journal::encode_state(position), 0); !written) {
    log::warn("store", "{}", written.error().describe());
  }
}

// Under progress->mutex.
bool Journal::State::needs_sync() const {
  if (failed) return false;
  return options.sync == Sync::Interval ? progress->end > synced : !unsynced.empty();
}

void Journal::State::sync_loop() {
  pthread_setname_np(pthread_self(), "journal_sync");
  const auto interval = std::chrono::milliseconds(options.sync_interval_ms);
  const What what = options.sync == Sync::Interval ? What::Everything : What::FullSegments;
  while (true) {
    {
      std::unique_lock guard(progress->mutex);
      // Idle: the next append rings. Then its interval passes, and what came meanwhile is synced
      // with it.
      ++progress->waiting;
      progress->moved.wait(guard, [this] { return stopping || needs_sync(); });
      --progress->waiting;
      progress->moved.wait_for(guard, interval, [this] { return stopping; });
      if (stopping) return;
    }
    if (Result<void> done = sync_until(progress->current_end(), what); !done) {
      log::error("store", "{}", done.error().describe());
    }
  }
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Journal::~Journal() {
  state_->stop();
}

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& folder,
                                               JournalOptions options) {
  auto state = std::make_unique<State>(folder, options);
  TRY_VOID(state->start());
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Result<Position> Journal::append(RecordKind kind, std::span<const uint8_t> payload) {
  if (payload.size() > limits::kMaxJournalRecordBytes) {
    return fail(errors::record_too_large(payload.size()));
  }
  Result<Position> at = Position{};
  Position end;
  bool someone_waits = false;
  {
    std::lock_guard guard(state_->progress->mutex);
    at = state_->write(kind, payload);
    end = state_->progress->end;
    someone_waits = state_->progress->waiting > 0;
  }
  if (!at) {
    state_->failures.fetch_add(1, std::memory_order_relaxed);
    return at;
  }
  if (someone_waits) state_->progress->moved.notify_all();
  state_->appends.fetch_add(1, std::memory_order_relaxed);
  state_->appended_bytes.fetch_add(payload.size(), std::memory_order_relaxed);
  if (state_->options.sync == Sync::Always) {
    TRY_VOID(state_->sync_until(end, State::What::Everything));
  }
  return at;
}

Result<void> Journal::flush() {
  return state_->sync_until(end(), State::What::Everything);
}

Position Journal::end() const {
  return state_->progress->current_end();
}

Result<void> Journal::drop_before(Position position) {
  const uint64_t keep_from = std::min(position.segment, end().segment);
  TRY(const std::vector<journal::SegmentFile> segments, journal::list_segments(state_->folder));
  bool dropped = false;
  // Oldest first: what a crash leaves is still without a gap.
  for (const journal::SegmentFile& segment : segments) {
    if (segment.number >= keep_from) break;
    TRY_VOID(remove_file(segment.path));
    dropped = true;
  }
  if (dropped) TRY_VOID(sync_folder(state_->folder));
  return {};
}

Result<JournalReader> Journal::reader(Position from) const {
  TRY(std::unique_ptr<JournalReader::State> reader,
      JournalReader::State::open(state_->folder, from, state_->progress));
  return JournalReader(std::move(reader));
}

bool Journal::wait_past(Position position, int64_t timeout_ms) const {
  const Progress& progress = *state_->progress;
  std::unique_lock guard(progress.mutex);
  ++progress.waiting;
  const bool moved = progress.moved.wait_for(guard, std::chrono::milliseconds(timeout_ms), [&] {
    return progress.closed || progress.end > position;
  });
  --progress.waiting;
  return moved && progress.end > position;
}

JournalStats Journal::stats() const {
  JournalStats stats;
  stats.appends = state_->appends.load(std::memory_order_relaxed);
  stats.appended_bytes = state_->appended_bytes.load(std::memory_order_relaxed);
  stats.syncs = state_->syncs.load(std::memory_order_relaxed);
  stats.failures = state_->failures.load(std::memory_order_relaxed);
  stats.recovered_bytes = state_->recovered_bytes;
  if (auto segments = journal::list_segments(state_->folder)) stats.segments = segments->size();
  std::lock_guard guard(state_->progress->mutex);
  stats.end = state_->progress->end;
  stats.synced = state_->synced;
  return stats;
}

}  // namespace tandem::store
