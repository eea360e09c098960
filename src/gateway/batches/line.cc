// How the runner calls one line.
#include <algorithm>

#include "base/log.h"
#include "cost/ledger_attempts.h"
#include "gateway/batches/input.h"
#include "gateway/batches/run_internal.h"
#include "gateway/queue/priority.h"
#include "net/local_exchange.h"

namespace tandem::gateway::batches {
namespace {

constexpr int kMostTries = 4;
constexpr int64_t kFirstWaitMs = 1'000;  // four times as long after each try
constexpr int64_t kLongestWaitMs = 60'000;

// Whether the same line may be answered later. Key limits and busy providers pass; what a budget
// or the provider refuses stays refused.
bool may_pass(const Error& error) {
  switch (error.code) {
    case Code::RateLimited:
    case Code::UpstreamError:
    case Code::Overloaded:
    case Code::Unavailable:
    case Code::StorageFailed:
    case Code::DeadlineExceeded:
      return true;
    default:
      return false;
  }
}

// A line that cannot be read any more, though it could when the batch was checked.
Error changed_line(const LineError& error) {
  return Error(Code::InvalidArgument, error.message, "", error.param);
}

}  // namespace

Task<void> BatchRunner::call_line(std::shared_ptr<Run> run, Work work) {
  const auto noted = co_await call_and_note(*run, work);
  if (!noted) {
    run->broken = true;
    log::error("gateway", "line {} of the batch {} waits: {}", work.line.number, run->batch.id,
               noted.error().describe());
  }
  --run->under_way;
  lines_.set(static_cast<double>(--under_way_));
  run->changed.notify();
}

Task<Result<void>> BatchRunner::call_and_note(Run& run, Work& work) {
  Line& line = work.line;
  work.origin.batch = true;
  auto& db = parts_.files.db();
  if (work.begun_before) {
    auto ask = [&](store::Connection& connection) {
      return cost::find_attempts(connection, line.request_id);
    };
    CO_TRY(const cost::KnownAttempts known, co_await db.read(ask));
    work.origin.attempts_before = known.highest;
    work.origin.already_paid = known.paid;
  } else {
    const auto request = read_line(work.text, run.batch.endpoint);
    if (request) line.custom_id = request->custom_id;
    line.request_id = RequestId::make("req").str();
    auto begin = [&](store::Connection& connection) {
      return insert_line(connection, run.batch.id, line);
    };
    CO_TRY_VOID(co_await db.write(begin));
  }
  while (true) {
    CO_TRY(const bool again, co_await call_once(run, work, line));
    if (!again) break;
  }
  // Cancelled by our own stop: the line is called again after the next start.
  if (line.status == 0) co_return Result<void>{};
  auto note = [&](store::Connection& connection) {
    return answer_line(connection, run.batch.id, line);
  };
  CO_TRY_VOID(co_await db.write(note));
  (line.status >= 200 && line.status < 300 ? completed_ : failed_).increment();
  co_return Result<void>{};
}

// True: the line shall be called once more.
Task<Result<bool>> BatchRunner::call_once(Run& run, Work& work, Line& line) {
  ++work.tries;
  auto request = read_line(work.text, run.batch.endpoint);
  net::LocalExchange exchange(parts_.thread, run.route->route,
                              request ? std::move(request->body) : std::string());
  RequestContext& context = exchange.context();
  context.request_id = RequestId(line.request_id);
  exchange.add_header("x-session-id", run.batch.id);
  exchange.add_header(kPriorityHeader, priority_name(Priority::Low));
  auto principal = parts_.principal_of(KeyId(run.batch.key), run.batch.project);
  if (!request) {
    exchange.end(fail(changed_line(request.error())));
  } else if (!principal) {
    exchange.end(fail(std::move(principal).error()));
  } else {
    context.principal = *std::move(principal);
    GovernedCall call(parts_.path, exchange, *run.route->surface, work.origin);
    calls_.push_back(&context.cancel);
    auto outcome = co_await call.run();
    std::erase(calls_, &context.cancel);
    exchange.end(std::move(outcome));
    work.origin.attempts_before = call.attempts_made();
  }
  const auto& error = exchange.error();
  if (error && error->code == Code::Cancelled && stopping_) co_return false;
  bool again = false;
  if (error && may_pass(*error)) {
    const Error why = *error;
    CO_TRY_VOID(co_await wait_before_retry(run, work, why, again));
    if (again) co_return true;
    if (stopping_) co_return false;
  }
  line.status = exchange.answer().status;
  line.body = exchange.answer().body;
  co_return false;
}

// Without keeping others from being called. `again` stays false where it is not worth it.
Task<Result<void>> BatchRunner::wait_before_retry(Run& run, Work& work, const Error& error,
                                                  bool& again) {
  // A limit of the key is waited for however long it takes: no target was asked.
  const bool own_limit = error.code == Code::RateLimited && !error.upstream_status;
  if (own_limit ? !error.retry_after_s : work.tries >= kMostTries) co_return Result<void>{};
  int64_t wait_ms = kFirstWaitMs;
  for (int i = 1; i < work.tries && wait_ms < kLongestWaitMs; ++i) wait_ms *= 4;
  if (error.retry_after_s) wait_ms = *error.retry_after_s * 1000;
  wait_ms = std::clamp(wait_ms, int64_t{1}, kLongestWaitMs);
  const SteadyUs until_us = steady_now_us() + wait_ms * 1000;
  if (wall_now_us() + wait_ms * 1000 >= run.batch.expires_us) co_return Result<void>{};
  lines_.set(static_cast<double>(--under_way_));
  Event turn(parts_.thread.io());
  while (may_go_on(run) && steady_now_us() < until_us) co_await rest(turn, 100);
  lines_.set(static_cast<double>(++under_way_));
  again = may_go_on(run);
  co_return Result<void>{};
}

}  // namespace tandem::gateway::batches
