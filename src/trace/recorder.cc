#include "trace/recorder.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "trace/batch_writer.h"
#include "trace/capture.h"
#include "trace/queue.h"

namespace tandem::trace {
namespace {

constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr SteadyUs kQuietUs = 10'000'000;  // between two warnings of the same kind

// The spans of a batch, and the same as the store takes them.
struct Batch {
  std::vector<std::unique_ptr<Span>> spans;
  std::vector<const Span*> pointers;
};

}  // namespace

struct Recorder::State {
  State(TraceStore& store_, RecorderOptions options_)
      : store(store_), options(options_), queue(options_.queue_spans) {}

  bool record(std::unique_ptr<Span> span);
  void loop();
  bool wait_for_spans();
  void linger();
  size_t take_batch(Batch& batch);
  void write(const Batch& batch);
  void write_one_by_one(const Batch& batch);
  void warn_about_drops();
  // A span can be taken before its producer has counted it.
  size_t waiting() const {
    const uint64_t out = taken.load(std::memory_order_acquire);
    const uint64_t in = recorded.load(std::memory_order_seq_cst);
    return in > out ? in - out : 0;
  }
  void wake_writer() {
    std::lock_guard lock(mutex);
    wake.notify_one();
  }

  TraceStore& store;
  const RecorderOptions options;
  BoundedQueue<std::unique_ptr<Span>> queue;

  std::atomic<uint64_t> recorded{0}, written{0}, dropped_full{0}, dropped_failed{0}, invalid{0},
      batches{0};
  std::atomic<uint64_t> taken{0};     // out of the queue
  std::atomic<uint64_t> finished{0};  // written or failed
  std::atomic<size_t> queued_bytes{0};
  std::atomic<bool> asleep{false};     // the next span wakes the writer
  std::atomic<bool> lingering{false};  // the span that fills the batch does
  std::atomic<int> hurry{0};           // flush and stop: no lingering
  std::atomic<bool> nudged{false};     // a reader waits: no lingering for this batch
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::condition_variable wake;  // to the writer
  std::condition_variable done;  // to flush()
  SteadyUs warned_us = 0;
  uint64_t warned_drops = 0;
  std::thread thread;
};

bool Recorder::State::record(std::unique_ptr<Span> span) {
  if (span->project.empty() || !span->trace_id.valid() || !span->span_id.valid()) {
    invalid.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const size_t bytes = approximate_bytes(*span);
  const size_t before = queued_bytes.fetch_add(bytes, std::memory_order_relaxed);
  const bool fits = before + bytes <= options.queue_bytes || before == 0;
  if (!fits || !queue.push(std::move(span))) {
    queued_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    dropped_full.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // In one order with the writer's store to `asleep`: either this sees it, or the writer the span.
  recorded.fetch_add(1, std::memory_order_seq_cst);
  if (asleep.load(std::memory_order_seq_cst) && asleep.exchange(false)) wake_writer();
  if (lingering.load(std::memory_order_relaxed) && waiting() >= options.batch_spans &&
      lingering.exchange(false)) {
    wake_writer();
  }
  return true;
}

// False when it is time to stop and nothing is left.
bool Recorder::State::wait_for_spans() {
  std::unique_lock lock(mutex);
  while (waiting() == 0 && !stopping.load()) {
    asleep.store(true, std::memory_order_seq_cst);
    if (waiting() == 0 && !stopping.load()) wake.wait(lock);
  }
  asleep.store(false, std::memory_order_seq_cst);
  return waiting() > 0;
}

// Lets a batch gather. Producers do not wake the writer meanwhile, so a busy server pays for one or
// two wake-ups per batch, however many spans it has.
void Recorder::State::linger() {
  std::unique_lock lock(mutex);
  lingering.store(true, std::memory_order_seq_cst);
  wake.wait_for(lock, std::chrono::milliseconds(options.batch_wait_ms), [this] {
    return hurry.load() > 0 || nudged.load() || waiting() >= options.batch_spans;
  });
  nudged.store(false);
  lingering.store(false, std::memory_order_seq_cst);
}

size_t Recorder::State::take_batch(Batch& batch) {
  size_t bytes = 0;
  while (batch.spans.size() < options.batch_spans && bytes < limits::kBatchBytes) {
    std::optional<std::unique_ptr<Span>> span = queue.pop();
    if (!span) break;
    const size_t size = approximate_bytes(**span);
    bytes += size;
    queued_bytes.fetch_sub(size, std::memory_order_relaxed);
    put_right(**span);
    batch.pointers.push_back(span->get());
    batch.spans.push_back(std::move(*span));
  }
  taken.fetch_add(batch.spans.size(), std::memory_order_release);
  return batch.spans.size();
}

void Recorder::State::loop() {
  pthread_setname_np(pthread_self(), "trace_writer");
  Batch batch;
  while (wait_for_spans()) {
    linger();
    while (take_batch(batch) > 0) {
      write(batch);
      finished.fetch_add(batch.spans.size(), std::memory_order_release);
      batch.pointers.clear();
      batch.spans.clear();
      warn_about_drops();
      // Less than a full batch is left: gather again.
      if (waiting() < options.batch_spans && hurry.load() == 0) break;
    }
    std::lock_guard lock(mutex);
    done.notify_all();
  }
}

void Recorder::State::write(const Batch& batch) {
  Result<WriteOutcome> outcome;
  const size_t count = batch.spans.size();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kRetryPause);
    outcome = store.write_now(std::span<const Span* const>(batch.pointers));
    if (outcome) {
      written.fetch_add(count, std::memory_order_relaxed);
      batches.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const Code code = outcome.error().code;
    const bool may_pass = code == Code::StorageFailed || code == Code::Overloaded;
    if (!may_pass) return write_one_by_one(batch);
  }
  dropped_failed.fetch_add(count, std::memory_order_relaxed);
  log::error("trace", "{} spans could not be written: {}", count, outcome.error().describe());
}

// One span that the store refuses must not take its neighbours with it.
void Recorder::State::write_one_by_one(const Batch& batch) {
  for (const Span* span : batch.pointers) {
    const Result<WriteOutcome> outcome = store.write_now(std::span<const Span* const>(&span, 1));
    if (outcome) {
      written.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    dropped_failed.fetch_add(1, std::memory_order_relaxed);
    log::error("trace", "the span {} of trace {} could not be written: {}", span->span_id.hex(),
               span->trace_id.hex(), outcome.error().describe());
  }
  batches.fetch_add(1, std::memory_order_relaxed);
}

void Recorder::State::warn_about_drops() {
  const uint64_t drops = dropped_full.load(std::memory_order_relaxed);
  const SteadyUs now = steady_now_us();
  if (drops == warned_drops || (warned_us != 0 && now - warned_us < kQuietUs)) return;
  log::warn("trace", "{} spans were dropped because the trace queue was full",
            drops - warned_drops);
  warned_drops = drops;
  warned_us = now;
}

Recorder::Recorder(TraceStore& store, RecorderOptions options)
    : state_(std::make_unique<State>(store, options)) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

Recorder::~Recorder() {
  {
    std::lock_guard lock(state_->mutex);
    state_->hurry.fetch_add(1);
    state_->stopping.store(true);
    state_->wake.notify_one();
  }
  state_->thread.join();
}

bool Recorder::record(std::unique_ptr<Span> span) {
  return state_->record(std::move(span));
}

void Recorder::flush() {
  const uint64_t target = state_->recorded.load(std::memory_order_acquire);
  std::unique_lock lock(state_->mutex);
  state_->hurry.fetch_add(1);
  state_->wake.notify_one();
  state_->done.wait(lock,
                    [&] { return state_->finished.load(std::memory_order_acquire) >= target; });
  state_->hurry.fetch_sub(1);
}

std::optional<uint64_t> Recorder::hurry() {
  const uint64_t mark = state_->recorded.load(std::memory_order_acquire);
  if (is_past(mark)) return std::nullopt;
  state_->nudged.store(true);
  state_->wake_writer();
  return mark;
}

bool Recorder::is_past(uint64_t mark) const {
  return state_->finished.load(std::memory_order_acquire) >= mark;
}

RecorderStats Recorder::stats() const {
  RecorderStats stats;
  stats.recorded = state_->recorded.load(std::memory_order_relaxed);
  stats.written = state_->written.load(std::memory_order_relaxed);
  stats.dropped_full = state_->dropped_full.load(std::memory_order_relaxed);
  stats.dropped_failed = state_->dropped_failed.load(std::memory_order_relaxed);
  stats.invalid = state_->invalid.load(std::memory_order_relaxed);
  stats.batches = state_->batches.load(std::memory_order_relaxed);
  stats.queued = state_->waiting();
  stats.queued_bytes = state_->queued_bytes.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace tandem::trace
