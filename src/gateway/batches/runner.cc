#include "gateway/batches/runner.h"

#include <unordered_map>

#include "base/log.h"
#include "gateway/batches/reader.h"
#include "gateway/batches/run_internal.h"

namespace tandem::gateway::batches {
namespace {

constexpr size_t kMostRuns = 16;  // batches at once; the others wait
constexpr int64_t kLookEveryMs = 1'000;
constexpr int64_t kRoomEveryMs = 20;
constexpr int64_t kAfterFailureUs = 5'000'000;

}  // namespace

BatchRunner::BatchRunner(Parts parts)
    : parts_(std::move(parts)),
      scope_(parts_.thread.io()),
      wake_(parts_.thread.io()),
      completed_(parts_.path.metrics.counter("tandem_batch_lines_total", "Lines of batches called.",
                                             {{"outcome", "completed"}})),
      failed_(parts_.path.metrics.counter("tandem_batch_lines_total", "Lines of batches called.",
                                          {{"outcome", "failed"}})),
      lines_(parts_.path.metrics.gauge("tandem_batch_lines_under_way",
                                       "Lines of batches that are being called.")),
      batches_(parts_.path.metrics.gauge("tandem_batches_under_way",
                                         "Batches that are being worked on.")) {}

BatchRunner::~BatchRunner() = default;

const BatchRoute* BatchRunner::find_route(std::string_view url) const {
  for (const BatchRoute& route : parts_.routes) {
    if (route.route.pattern == url) return &route;
  }
  return nullptr;
}

void BatchRunner::start(IoThreads& threads) {
  threads.run_on(parts_.thread.index(), [this](IoThread&) { scope_.spawn(supervise()); });
}

void BatchRunner::wake() {
  boost::asio::post(parts_.thread.io(), [this] { wake_.notify(); });
}

void BatchRunner::drain() {
  boost::asio::post(parts_.thread.io(), [this] {
    stopping_ = true;
    wake_.notify();
    for (auto& [id, run] : runs_) run->changed.notify();
  });
}

void BatchRunner::stop(IoThreads& threads, int64_t ms) {
  drain();
  threads.run_task(parts_.thread.index(), [this, ms](IoThread&) { return end_all(ms); });
}

Task<void> BatchRunner::end_all(int64_t ms) {
  Event turn(parts_.thread.io());
  const Deadline deadline = Deadline::after_ms(ms, steady_now_us());
  while (under_way_ > 0 && !deadline.passed(steady_now_us())) co_await rest(turn, kRoomEveryMs);
  const std::vector<CancelSource*> calls = calls_;
  for (CancelSource* call : calls) call->fire();
  co_await scope_.join();
}

// Waits for the event, but not longer than `ms`.
Task<void> BatchRunner::rest(Event& event, int64_t ms) {
  DeadlineWatch watch(parts_.thread.deadlines(), Deadline::after_ms(ms, steady_now_us()),
                      [&event] { event.notify(); });
  co_await event.wait();
}

Task<void> BatchRunner::supervise() {
  bool failing = false;
  while (!stopping_) {
    const auto looked = co_await look();
    if (!looked && !failing) {
      log::error("gateway", "batches cannot be read and wait: {}", looked.error().describe());
    }
    failing = !looked;
    if (!stopping_) co_await rest(wake_, kLookEveryMs);
  }
}

// Begins what waits and tells what runs that it is cancelled.
Task<Result<void>> BatchRunner::look() {
  auto job = [this](store::Connection& connection) {
    return list_unfinished(connection, parts_.node);
  };
  CO_TRY(auto unfinished, co_await parts_.files.db().read(job));
  for (Batch& batch : unfinished) {
    if (const auto running = runs_.find(batch.id); running != runs_.end()) {
      if (batch.status != Status::Cancelling || running->second->cancelled) continue;
      running->second->cancelled = true;
      running->second->changed.notify();
      continue;
    }
    const auto wait = not_before_.find(batch.id);
    if (wait != not_before_.end() && wait->second > steady_now_us()) continue;
    if (!stopping_ && runs_.size() < kMostRuns) begin(std::move(batch));
  }
  co_return Result<void>{};
}

void BatchRunner::begin(Batch batch) {
  auto made = std::make_shared<Run>(std::move(batch), parts_.thread.io());
  made->route = find_route(made->batch.endpoint);
  made->cancelled = made->batch.status == Status::Cancelling;
  runs_[made->batch.id] = made;
  batches_.set(static_cast<double>(runs_.size()));
  scope_.spawn(run(std::move(made)));
}

Task<void> BatchRunner::run(std::shared_ptr<Run> run) {
  const auto outcome = co_await process(*run);
  const std::string id = run->batch.id;
  not_before_.erase(id);
  if (!outcome || run->broken) {
    not_before_[id] = steady_now_us() + kAfterFailureUs;
    if (!outcome) {
      log::error("gateway", "the batch {} waits: {}", id, outcome.error().describe());
    }
  }
  runs_.erase(id);
  batches_.set(static_cast<double>(runs_.size()));
  wake_.notify();
}

Task<Result<void>> BatchRunner::process(Run& run) {
  if (run.batch.status == Status::Validating) CO_TRY_VOID(co_await validate(run));
  if (run.batch.status == Status::InProgress) {
    CO_TRY_VOID(co_await call_lines(runs_.at(run.batch.id)));
  }
  if (stopping_ || run.broken || run.batch.finished_us > 0) co_return Result<void>{};
  co_return co_await finish(run);
}

Task<Result<void>> BatchRunner::validate(Run& run) {
  Batch& batch = run.batch;
  auto read = [&]() -> Result<InputCheck> {
    return check_input(parts_.files.blobs(), batch.input_blob, batch.endpoint,
                       parts_.config.max_lines);
  };
  CO_TRY(const InputCheck check, co_await parts_.files.pool().run(read));
  auto& db = parts_.files.db();
  if (!check.errors().empty()) {
    batch.status = Status::Failed;
    batch.errors = errors_json(check.errors());
    batch.finished_us = wall_now_us();
    auto fail_it = [&](store::Connection& connection) { return finish_batch(connection, batch); };
    CO_TRY_VOID(co_await db.write(fail_it));
    count_finished(batch);
    co_return Result<void>{};
  }
  batch.total = check.lines();
  auto go_on = [&](store::Connection& connection) {
    return begin_progress(connection, batch.id, batch.total, wall_now_us());
  };
  CO_TRY_VOID(co_await db.write(go_on));
  batch.status = run.cancelled ? Status::Cancelling : Status::InProgress;
  co_return Result<void>{};
}

bool BatchRunner::may_go_on(const Run& run) const {
  return !stopping_ && !run.cancelled && !run.broken && wall_now_us() < run.batch.expires_us;
}

bool BatchRunner::has_room() const {
  const int64_t live = parts_.path.live->under_way.load(std::memory_order_relaxed);
  return under_way_ < lines_allowed(parts_.config, live);
}

Task<void> BatchRunner::wait_for_room(Run& run) {
  while (may_go_on(run) && !has_room()) co_await rest(run.changed, kRoomEveryMs);
}

Task<Result<void>> BatchRunner::call_lines(const std::shared_ptr<Run>& run) {
  const auto outcome = co_await begin_lines(run);
  while (run->under_way > 0) co_await rest(run->changed, kLookEveryMs);
  co_return outcome;
}

Task<Result<void>> BatchRunner::begin_lines(const std::shared_ptr<Run>& run) {
  const Batch& batch = run->batch;
  auto known = [&](store::Connection& connection) { return list_begun(connection, batch.id); };
  CO_TRY(auto begun, co_await parts_.files.db().read(known));
  std::unordered_map<int64_t, Line> begun_lines;
  for (Line& line : begun) begun_lines.emplace(line.number, std::move(line));
  auto open = [&] { return InputReader::open(parts_.files.blobs(), batch.input_blob); };
  CO_TRY(const auto reader, co_await parts_.files.pool().run(open));
  auto read = [&] { return reader->read_some(); };
  while (may_go_on(*run)) {
    CO_TRY(auto lines, co_await parts_.files.pool().run(read));
    if (lines.empty()) break;
    for (InputLine& line : lines) {
      Work work;
      work.text = std::move(line.text);
      work.line.number = line.number;
      if (const auto found = begun_lines.find(line.number); found != begun_lines.end()) {
        if (found->second.status > 0) continue;
        work.line = found->second;
        work.begun_before = true;
      }
      co_await wait_for_room(*run);
      if (!may_go_on(*run)) break;
      ++run->under_way;
      lines_.set(static_cast<double>(++under_way_));
      scope_.spawn(call_line(run, std::move(work)));
    }
  }
  co_return Result<void>{};
}

void BatchRunner::count_finished(const Batch& batch) {
  parts_.path.metrics
      .counter("tandem_batches_total", "Batches that have ended.",
               {{"status", std::string(status_name(batch.status))}})
      .increment();
}

}  // namespace tandem::gateway::batches
