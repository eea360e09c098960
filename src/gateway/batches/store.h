// SQL of batches and their lines. Used inside a Db job.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/batches/types.h"
#include "store/db.h"

namespace tandem::gateway::batches {

Result<void> insert_batch(store::Connection& connection, const Batch& batch);
Result<std::optional<Batch>> find_batch(store::Connection& connection, std::string_view project,
                                        std::string_view id);
// Newest first, behind `after` (empty: from the start).
Result<std::vector<Batch>> list_batches(store::Connection& connection, std::string_view project,
                                        std::string_view after, int64_t limit);
Result<int64_t> count_unfinished(store::Connection& connection, std::string_view project);
// The unfinished batches of a node, oldest first.
Result<std::vector<Batch>> list_unfinished(store::Connection& connection, std::string_view node);

// The input was right: `total` lines wait. Validating to InProgress; a batch that is being
// cancelled stays so.
Result<void> begin_progress(store::Connection& connection, std::string_view id, int64_t total,
                            WallUs now_us);
Result<void> begin_finalizing(store::Connection& connection, std::string_view id, WallUs now_us);
// False where it is finished, finalizing or being cancelled already.
Result<bool> begin_cancelling(store::Connection& connection, std::string_view id, WallUs now_us);
// Writes its last status, its errors and its files, and forgets its lines.
Result<void> finish_batch(store::Connection& connection, const Batch& batch);

// Before its call is made.
Result<void> insert_line(store::Connection& connection, std::string_view batch, const Line& line);
// Its answer, and the batch's counts.
Result<void> answer_line(store::Connection& connection, std::string_view batch, const Line& line);
// Without bodies, by number.
Result<std::vector<Line>> list_begun(store::Connection& connection, std::string_view batch);
// Answered lines with their bodies behind the number `after`, at most `limit`.
Result<std::vector<Line>> list_answers(store::Connection& connection, std::string_view batch,
                                       int64_t after, int64_t limit);

}  // namespace tandem::gateway::batches
