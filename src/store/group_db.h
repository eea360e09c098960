// GroupDb: Db over any driver. One writer thread that lets waiting jobs share a commit, and a pool
// of reader threads, each with its own session. Made by open_sqlite and open_postgres.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/job_queue.h"
#include "store/session.h"

namespace tandem::store {

struct GroupOptions {
  size_t readers = 2;
  size_t max_queued_writes = 4096;
  size_t max_queued_reads = 4096;
  // A group closes after so many jobs or so much time, so that the first job's answer does not wait
  // for an endless stream of later ones.
  size_t max_group_jobs = 256;
  int64_t max_group_us = 10'000;
};

class GroupDb final : public Db {
 public:
  // Opens every session at once, so that what is wrong shows at start-up.
  static Result<std::unique_ptr<Db>> open(Dialect dialect, const OpenSession& open_session,
                                          GroupOptions options);
  GroupDb(const GroupDb&) = delete;
  GroupDb& operator=(const GroupDb&) = delete;
  ~GroupDb() override;

  Dialect dialect() const override { return dialect_; }
  DbStats stats() const override;

 protected:
  Result<void> submit(Access access, Body body, Done done) override;

 private:
  struct Finished {
    std::function<void(Result<void>)> done;
    Result<void> outcome;
  };

  GroupDb(Dialect dialect, GroupOptions options);
  void write_loop();
  void read_loop(Session& session);
  void run_group(QueuedJob first);
  std::vector<Finished> run_jobs(QueuedJob first);
  void run_read(Session& session, QueuedJob job);
  Result<void> run_body(Session& session, const QueuedJob& job);

  const Dialect dialect_;
  const GroupOptions options_;
  JobQueue writes_;
  JobQueue reads_;
  std::unique_ptr<Session> writer_;
  std::vector<std::unique_ptr<Session>> readers_;
  std::vector<std::thread> threads_;

  std::atomic<uint64_t> write_count_{0};
  std::atomic<uint64_t> commit_count_{0};
  std::atomic<uint64_t> read_count_{0};
  std::atomic<uint64_t> failed_count_{0};
  std::atomic<uint64_t> refused_count_{0};
};

}  // namespace tandem::store
