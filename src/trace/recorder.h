// Recorder: takes the spans that Tandem makes of its own calls from any thread, without waiting,
// and has them written in batches by one thread of its own. Under overload spans are dropped and
// counted; a span that was taken is readable within 200 ms. Made by app, destroyed before its
// store.
//   auto span = std::make_unique<Span>();  …
//   recorder.record(std::move(span));   // under a microsecond; false: dropped
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "trace/limits.h"
#include "trace/store.h"
#include "trace/types.h"

namespace tandem::trace {

struct RecorderOptions {
  size_t queue_spans = limits::kTraceQueueSpans;  // a power of two
  size_t queue_bytes = limits::kMaxQueuedBytes;
  size_t batch_spans = limits::kBatchSpans;
  int64_t batch_wait_ms = limits::kBatchWaitMs;
};

// Counters since the start; for /metrics.
struct RecorderStats {
  uint64_t recorded = 0;        // taken into the queue
  uint64_t written = 0;         // committed
  uint64_t dropped_full = 0;    // the queue was full
  uint64_t dropped_failed = 0;  // the store could not write them
  uint64_t invalid = 0;         // without project or ids: a bug of the caller
  uint64_t batches = 0;
  size_t queued = 0;  // now
  size_t queued_bytes = 0;
};

class Recorder {
 public:
  explicit Recorder(TraceStore& store, RecorderOptions options = {});
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();  // writes what was taken, then stops

  // Any thread; never blocks. False where the span was dropped, which is counted. A span that
  // stands on its own is not moved: it is a kilobyte.
  bool record(std::unique_ptr<Span> span);
  bool record(Span&& span) { return record(std::make_unique<Span>(std::move(span))); }
  // Returns when everything recorded before is written (or counted as failed). Blocking.
  void flush();
  // Has what waits written without letting a full batch gather. Answers the mark that is_past()
  // takes; nullopt where nothing waits. Any thread; does not block.
  std::optional<uint64_t> hurry();
  // Whether everything recorded before the mark was written (or counted as failed).
  bool is_past(uint64_t mark) const;
  RecorderStats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::trace
