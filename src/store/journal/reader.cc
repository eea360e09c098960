#include <algorithm>

#include "store/journal/journal_errors.h"
#include "store/journal/reader_state.h"

namespace tandem::store {

using journal::Parse;
using journal::Parsed;
using journal::SegmentFile;
using journal::SegmentReader;

namespace {

// The first segment with at least `number`; nullptr where there is none.
const SegmentFile* find_from(const std::vector<SegmentFile>& segments, uint64_t number) {
  auto found = std::ranges::lower_bound(segments, number, {}, &SegmentFile::number);
  return found == segments.end() ? nullptr : &*found;
}

// Where the records of a segment end, as far as `reach`: behind them, space may be reserved.
Result<uint64_t> end_of_records(SegmentReader& segment, uint64_t reach) {
  uint64_t offset = journal::kSegmentHeaderBytes;
  while (offset < reach) {
    TRY(const Parsed parsed, segment.read(offset));
    if (parsed.parse != Parse::Record) {
      TRY(const uint64_t written, segment.written_end(offset));
      return written == offset ? offset : segment.size();
    }
    offset += parsed.size;
  }
  return offset;
}

}  // namespace

Result<std::unique_ptr<JournalReader::State>> JournalReader::State::open(
    std::filesystem::path folder, Position from, std::shared_ptr<const journal::Progress> live) {
  auto state = std::make_unique<State>();
  state->folder = std::move(folder);
  state->live = std::move(live);
  state->at = from;
  TRY_VOID(state->check_position());
  return state;
}

// The position must lie inside of what the folder has or had.
Result<void> JournalReader::State::check_position() const {
  if (at == Position{}) return {};
  TRY(const std::vector<SegmentFile> segments, journal::list_segments(folder));
  if (!segments.empty() && at.segment < segments.front().number) {
    return fail(journal::errors::position_dropped(folder.native(), at, segments.front().number));
  }
  Position end;
  if (live != nullptr) {
    end = live->current_end();
  } else if (!segments.empty()) {
    TRY(std::optional<SegmentReader> last, SegmentReader::open(segments.back()));
    end.segment = segments.back().number;
    if (last && at.segment == end.segment) {
      TRY(end.offset, end_of_records(*last, at.offset));
    }
  }
  if (at > end) return fail(journal::errors::position_past_end(folder.native(), at, end));
  return {};
}

// True where the segment of `at` will not grow any more. A file without a header does not count:
// its creation may still fail, and then the one before goes on.
Result<bool> JournalReader::State::has_later_segment() const {
  if (live != nullptr) return live->current_end().segment > at.segment;
  TRY(const std::vector<SegmentFile> segments, journal::list_segments(folder));
  if (segments.empty() || segments.back().number <= at.segment) return false;
  TRY(const std::optional<SegmentReader> last, SegmentReader::open(segments.back()));
  return last.has_value() || segments.back().number > at.segment + 1;
}

// Goes to the start of `file`, or to `at` where that lies in it. False where its header is not
// there yet because another process is just creating it.
Result<bool> JournalReader::State::enter(const SegmentFile& file) {
  TRY(std::optional<SegmentReader> reader, SegmentReader::open(file));
  if (!reader) {
    TRY(const bool is_final, has_later_segment());
    if (!is_final && live == nullptr) return false;
    return fail(
        journal::errors::damaged(file.path.native(), 0, "its header does not fit its checksum"));
  }
  // A segment that was set aside after a crash is named by nobody; one that is named is missing.
  const bool follows = file.number > at.segment && at.segment != 0;
  const uint64_t previous = reader->header().previous;
  if (follows && (previous > at.segment || (previous == at.segment && !segment))) {
    return fail(journal::errors::segment_missing(folder.native(), at.segment, file.number));
  }
  const uint64_t offset = file.number == at.segment ? at.offset : 0;
  at = {file.number, std::max<uint64_t>(offset, journal::kSegmentHeaderBytes)};
  segment = std::move(reader);
  return true;
}

// Opens the segment of `at`, or the next one where there is none.
Result<bool> JournalReader::State::open_segment() {
  TRY(const std::vector<SegmentFile> segments, journal::list_segments(folder));
  const SegmentFile* file = find_from(segments, at.segment);
  if (file == nullptr) return false;
  return enter(*file);
}

// From the end of a segment that will not grow to the next one.
Result<bool> JournalReader::State::move_on() {
  TRY(const std::vector<SegmentFile> segments, journal::list_segments(folder));
  const SegmentFile* file = find_from(segments, at.segment + 1);
  if (file == nullptr) return false;
  return enter(*file);
}

Failure JournalReader::State::damage(Parse parse) const {
  return fail(journal::errors::damaged(
      segment->path(), at.offset,
      parse == Parse::Damaged ? "a record does not fit its checksum" : "a record is cut short"));
}

Result<std::optional<Record>> JournalReader::State::next() {
  bool is_final = false;  // the segment will not grow
  while (true) {
    if (!segment) {
      TRY(const bool opened, open_segment());
      if (!opened) return std::optional<Record>();
      is_final = false;
    }
    uint64_t limit = UINT64_MAX;
    if (live != nullptr) {
      if (at >= live_end) live_end = live->current_end();
      if (at >= live_end) return std::optional<Record>();
      is_final = live_end.segment > at.segment;
      if (!is_final) limit = live_end.offset;
    }
    TRY(const Parsed parsed, segment->read(at.offset, limit));
    if (parsed.parse == Parse::Record) {
      const Position next{at.segment, at.offset + parsed.size};
      const Record record{parsed.kind, at, next, parsed.payload};
      at = next;
      return std::optional<Record>(record);
    }
    if (!is_final && live == nullptr) {
      // Looked up after reading: what stands here may have been written in between, so read again.
      TRY(is_final, has_later_segment());
      if (is_final) continue;
      TRY(const Position synced, journal::read_state(folder));
      if (at >= synced || synced.segment != at.segment) return std::optional<Record>();
      // Unless it was written and synced since it was read.
      TRY(const Parsed again, segment->read(at.offset, limit));
      if (again.parse != Parse::Record) return damage(again.parse);
      continue;
    }
    if (parsed.parse != Parse::End) return damage(parsed.parse);
    if (!is_final) return std::optional<Record>();
    TRY(const bool moved, move_on());
    if (!moved) return std::optional<Record>();
    is_final = false;
  }
}

Result<bool> JournalReader::State::skip_damaged_segment() {
  TRY(const std::vector<SegmentFile> segments, journal::list_segments(folder));
  const SegmentFile* file = find_from(segments, at.segment + 1);
  if (file == nullptr) return false;
  segment.reset();
  at = {file->number, journal::kSegmentHeaderBytes};
  return true;
}

JournalReader::JournalReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
JournalReader::JournalReader(JournalReader&&) noexcept = default;
JournalReader& JournalReader::operator=(JournalReader&&) noexcept = default;
JournalReader::~JournalReader() = default;

Result<JournalReader> JournalReader::open(const std::filesystem::path& folder, Position from) {
  TRY(std::unique_ptr<State> state, State::open(folder, from, nullptr));
  return JournalReader(std::move(state));
}

Result<std::optional<Record>> JournalReader::next() {
  return state_->next();
}
Position JournalReader::position() const {
  return state_->at;
}
Result<bool> JournalReader::skip_damaged_segment() {
  return state_->skip_damaged_segment();
}

}  // namespace tandem::store
