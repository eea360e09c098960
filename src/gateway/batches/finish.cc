// How the runner ends a batch: its files, its last status.
#include <unordered_set>

#include "base/limits.h"
#include "gateway/batches/output.h"
#include "gateway/batches/reader.h"
#include "gateway/batches/run_internal.h"

namespace tandem::gateway::batches {
namespace {

constexpr int64_t kAnswersAtOnce = 100;

// The output and the error file of a batch while they are written. Blocking; on a pool thread.
class OutputFiles {
 public:
  OutputFiles(files::Files& files, Batch& batch) : files_(files), batch_(batch) {}

  // Everything that was answered; then, where the batch expired, everything that was not.
  Result<void> write(bool expired) {
    std::unordered_set<int64_t> answered;
    for (int64_t after = 0; true;) {
      auto job = [&](store::Connection& connection) {
        return list_answers(connection, batch_.id, after, kAnswersAtOnce);
      };
      TRY(const auto lines, files_.db().read_now(job));
      for (const Line& line : lines) {
        if (expired) answered.insert(line.number);
        std::string text;
        append_answer(text, line);
        TRY_VOID(append(line.status >= 200 && line.status < 300 ? output_ : errors_, text));
      }
      if (lines.empty()) break;
      after = lines.back().number;
    }
    return expired ? write_expired(answered) : Result<void>{};
  }

  // Both files and the batch's last status at once.
  Result<void> finish() {
    std::vector<files::Files::Arrival> arrivals;
    const auto add = [&](Part& part, std::string_view name, std::string& id) {
      if (!part) return;
      arrivals.push_back({*part, file_named(name)});
      id = arrivals.back().file.id;
    };
    add(output_, "output", batch_.output_file);
    add(errors_, "error", batch_.error_file);
    auto also = [&](store::Connection& connection) { return finish_batch(connection, batch_); };
    return files_.finish_now(arrivals, also);
  }

 private:
  using Part = std::unique_ptr<store::BlobWriter>;

  Result<void> append(Part& part, std::string_view text) {
    if (!part) {
      TRY(part, files_.blobs().start({limits::kMaxUploadBytes}));
    }
    return part->write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }

  Result<void> write_expired(const std::unordered_set<int64_t>& answered) {
    TRY(auto reader, InputReader::open(files_.blobs(), batch_.input_blob));
    while (true) {
      TRY(const auto lines, reader->read_some());
      if (lines.empty()) return {};
      for (const InputLine& line : lines) {
        if (answered.contains(line.number)) continue;
        const auto request = read_line(line.text, batch_.endpoint);
        std::string text;
        append_expired(text, batch_.id, line.number, request ? request->custom_id : "");
        TRY_VOID(append(errors_, text));
      }
    }
  }

  files::File file_named(std::string_view what) const {
    files::File file;
    file.id = files::make_file_id();
    file.project = batch_.project;
    file.key = batch_.key;
    file.filename = batch_.id + "_" + std::string(what) + ".jsonl";
    file.purpose = files::kBatchOutput;
    file.created_us = wall_now_us();
    if (batch_.output_keep_s > 0) {
      file.expires_us = file.created_us + batch_.output_keep_s * 1'000'000;
    }
    return file;
  }

  files::Files& files_;
  Batch& batch_;
  Part output_, errors_;
};

}  // namespace

Task<Result<void>> BatchRunner::finish(Run& run) {
  auto& db = parts_.files.db();
  const std::string id = run.batch.id;
  const std::string project = run.batch.project;
  auto again = [&](store::Connection& connection) -> Result<Batch> {
    TRY_VOID(begin_finalizing(connection, id, wall_now_us()));
    TRY(auto found, find_batch(connection, project, id));
    if (!found) return fail(Code::NotFound, "The batch " + id + " is gone.");
    return *std::move(found);
  };
  CO_TRY(Batch batch, co_await db.write(again));
  // A cancellation that came before the last line was answered counts.
  const bool cancelled = batch.status == Status::Cancelling;
  const bool whole = batch.completed + batch.failed == batch.total && batch.total > 0;
  batch.status = cancelled ? Status::Cancelled : whole ? Status::Completed : Status::Expired;
  OutputFiles output(parts_.files, batch);
  auto write = [&]() -> Result<void> {
    TRY_VOID(output.write(batch.status == Status::Expired));
    batch.finished_us = wall_now_us();
    return output.finish();
  };
  CO_TRY_VOID(co_await parts_.files.pool().run(write));
  count_finished(batch);
  co_return Result<void>{};
}

}  // namespace tandem::gateway::batches
