#include "store/group_db.h"

#include <pthread.h>

#include "base/clock.h"
#include "store/errors.h"
#include "store/transaction.h"

namespace tandem::store {
namespace {

// The database whose job this thread runs: a job that waits for another one would never end.
thread_local const Db* running_on = nullptr;

}  // namespace

GroupDb::GroupDb(Dialect dialect, GroupOptions options)
    : dialect_(dialect),
      options_(options),
      writes_(options.max_queued_writes),
      reads_(options.max_queued_reads) {}

Result<std::unique_ptr<Db>> GroupDb::open(Dialect dialect, const OpenSession& open_session,
                                          GroupOptions options) {
  std::unique_ptr<GroupDb> db(new GroupDb(dialect, options));
  TRY(db->writer_, open_session(SessionUse::Write));
  const size_t readers = options.readers == 0 ? 1 : options.readers;
  for (size_t i = 0; i < readers; ++i) {
    TRY(std::unique_ptr<Session> reader, open_session(SessionUse::Read));
    db->readers_.push_back(std::move(reader));
  }
  db->threads_.emplace_back([self = db.get()] { self->write_loop(); });
  for (const std::unique_ptr<Session>& reader : db->readers_) {
    db->threads_.emplace_back(
        [self = db.get(), session = reader.get()] { self->read_loop(*session); });
  }
  return std::unique_ptr<Db>(std::move(db));
}

GroupDb::~GroupDb() {
  writes_.stop();
  reads_.stop();
  for (std::thread& thread : threads_) thread.join();
  // Readers first: SQLite folds its log into the database when the last connection closes, and only
  // the writer may write.
  readers_.clear();
}

Result<void> GroupDb::submit(Access access, Body body, Done done) {
  if (running_on == this) return fail(errors::inside_job());
  JobQueue& queue = access == Access::Write ? writes_ : reads_;
  switch (queue.push({std::move(body), std::move(done)})) {
    case JobQueue::Push::Queued:
      return {};
    case JobQueue::Push::Stopping:
      return fail(errors::stopping());
    case JobQueue::Push::Full:
      break;
  }
  refused_count_.fetch_add(1, std::memory_order_relaxed);
  return fail(errors::queue_full(access == Access::Write ? "db_write" : "db_read"));
}

void GroupDb::write_loop() {
  pthread_setname_np(pthread_self(), "db_write");
  while (std::optional<QueuedJob> job = writes_.wait_pop()) run_group(std::move(*job));
}

void GroupDb::read_loop(Session& session) {
  pthread_setname_np(pthread_self(), "db_read");
  while (std::optional<QueuedJob> job = reads_.wait_pop()) run_read(session, std::move(*job));
}

Result<void> GroupDb::run_body(Session& session, const QueuedJob& job) {
  Transaction transaction(session, dialect_);
  running_on = this;
  Result<void> answer;
  try {
    answer = job.body(transaction);
  } catch (const std::exception& exception) {
    answer = fail(errors::job_threw(exception.what()));
  } catch (...) {
    answer = fail(errors::job_threw("something that is not an exception"));
  }
  running_on = nullptr;
  answer = transaction.outcome(std::move(answer));
  if (!answer) failed_count_.fetch_add(1, std::memory_order_relaxed);
  return answer;
}

// Runs `first` and what waits behind it in one transaction, without committing. Where the engine
// gave the whole transaction up, every outcome is an error.
std::vector<GroupDb::Finished> GroupDb::run_jobs(QueuedJob first) {
  std::vector<Finished> finished;
  const SteadyUs started_us = steady_now_us();
  const bool alone = writes_.empty();
  bool savepoint_is_fresh = false;
  std::optional<QueuedJob> job = std::move(first);
  while (job) {
    write_count_.fetch_add(1, std::memory_order_relaxed);
    Result<void> outcome;
    if (!alone && !savepoint_is_fresh) outcome = writer_->savepoint(!finished.empty());
    if (outcome) outcome = run_body(*writer_, *job);
    savepoint_is_fresh = false;
    if (!outcome && !alone && writer_->in_transaction()) {
      savepoint_is_fresh = writer_->rollback_to_savepoint().has_value();
    }
    const bool broken = !outcome && !alone && !savepoint_is_fresh;
    finished.push_back({std::move(job->done), std::move(outcome)});
    if (broken) {
      const Error cause = finished.back().outcome.error();
      for (Finished& one : finished) {
        if (one.outcome) one.outcome = fail(errors::rolled_back_with_group(cause));
      }
      break;
    }
    const bool full = finished.size() >= options_.max_group_jobs ||
                      steady_now_us() - started_us >= options_.max_group_us;
    job = alone || full ? std::nullopt : writes_.try_pop();
  }
  return finished;
}

void GroupDb::run_group(QueuedJob first) {
  std::vector<Finished> finished;
  if (Result<void> begun = writer_->begin(); !begun) {
    finished.push_back({std::move(first.done), fail(begun.error())});
  } else {
    finished = run_jobs(std::move(first));
    bool any = false;
    for (const Finished& one : finished) any = any || one.outcome.has_value();
    Result<void> committed;
    if (any) committed = writer_->commit();
    if (any && committed) {
      commit_count_.fetch_add(1, std::memory_order_relaxed);
    } else {
      writer_->rollback();
    }
    if (!committed) {
      for (Finished& one : finished) {
        if (one.outcome) one.outcome = fail(committed.error());
      }
    }
  }
  for (Finished& one : finished) one.done(std::move(one.outcome));
}

void GroupDb::run_read(Session& session, QueuedJob job) {
  read_count_.fetch_add(1, std::memory_order_relaxed);
  Result<void> outcome = session.begin();
  if (outcome) {
    outcome = run_body(session, job);
    session.rollback();  // nothing was written
  }
  job.done(std::move(outcome));
}

DbStats GroupDb::stats() const {
  DbStats stats;
  stats.writes = write_count_.load(std::memory_order_relaxed);
  stats.commits = commit_count_.load(std::memory_order_relaxed);
  stats.reads = read_count_.load(std::memory_order_relaxed);
  stats.failed_jobs = failed_count_.load(std::memory_order_relaxed);
  stats.refused = refused_count_.load(std::memory_order_relaxed);
  stats.reconnects = writer_->reconnects();
  for (const std::unique_ptr<Session>& reader : readers_) stats.reconnects += reader->reconnects();
  stats.queued_writes = writes_.size();
  stats.queued_reads = reads_.size();
  return stats;
}

}  // namespace tandem::store
