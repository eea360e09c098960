#include "identity/replays.h"

#include "base/time/calendar.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

using store::Connection;
using store::Row;
using store::Statement;

// A write that is under way for longer belongs to a process that has ended.
constexpr int64_t kLongestWriteUs = 10 * 60 * int64_t{1'000'000};

constexpr Statement kForgetUnderWay{"identity_replays_forget_under_way",
                                    "DELETE FROM identity_replays WHERE status = 0"};
constexpr Statement kForget{
    "identity_replays_forget",
    "DELETE FROM identity_replays WHERE created_us < ? OR (status = 0 AND created_us < ?)"};
constexpr Statement kClaim{
    "identity_replays_claim",
    "INSERT INTO identity_replays (owner, idempotency_key, fingerprint, status, content_type, "
    "headers, body, created_us) VALUES (?, ?, ?, 0, '', '', NULL, ?) "
    "ON CONFLICT (owner, idempotency_key) DO NOTHING"};
constexpr Statement kFind{
    "identity_replays_find",
    "SELECT fingerprint, status, content_type, headers, body FROM identity_replays "
    "WHERE owner = ? AND idempotency_key = ?"};
constexpr Statement kKeep{
    "identity_replays_keep",
    "UPDATE identity_replays SET status = ?, content_type = ?, headers = ?, body = ? "
    "WHERE owner = ? AND idempotency_key = ?"};
constexpr Statement kRelease{"identity_replays_release",
                             "DELETE FROM identity_replays WHERE owner = ? AND "
                             "idempotency_key = ? AND status = 0"};

struct Found {
  std::string fingerprint;
  ReplayAnswer answer;
};

Found found_in(const Row& row) {
  Found found;
  found.fingerprint = row.str(0);
  found.answer.status = static_cast<int>(row.integer(1));
  found.answer.content_type = row.str(2);
  found.answer.header_block = row.str(3);
  found.answer.kept = !row.is_null(4);
  if (found.answer.kept) found.answer.body = row.str(4);
  return found;
}

Result<std::optional<ReplayAnswer>> claim_in(Connection& c, const ReplayRequest& request,
                                             WallUs now_us) {
  TRY_VOID(c.run(kForget, {now_us - time::kDayUs, now_us - kLongestWriteUs}));
  TRY(const int64_t rows,
      c.run(kClaim, {request.owner.view(), request.idempotency_key, request.fingerprint, now_us}));
  if (rows == 1) return std::nullopt;
  TRY(auto found, c.find(kFind, {request.owner.view(), request.idempotency_key}, found_in));
  if (!found || found->fingerprint != request.fingerprint) {
    return fail(errors::idempotency_reused(request.idempotency_key));
  }
  if (found->answer.status == 0) return fail(errors::idempotency_busy(request.idempotency_key));
  return std::optional(std::move(found->answer));
}

}  // namespace

Result<std::unique_ptr<Replays>> Replays::open(store::Db& db) {
  // On PostgreSQL another node may be at work on them; there they become void by their age.
  if (db.dialect() == store::Dialect::Sqlite) {
    TRY_VOID(db.write_now([](Connection& c) -> Result<void> {
      TRY_VOID(c.run(kForgetUnderWay));
      return {};
    }));
  }
  return std::unique_ptr<Replays>(new Replays(db));
}

Task<Result<std::optional<ReplayAnswer>>> Replays::claim(ReplayRequest request, WallUs now_us) {
  auto job = [&](Connection& c) { return claim_in(c, request, now_us); };
  co_return co_await db_.write(std::move(job));
}

Task<Result<void>> Replays::keep(ReplayRequest request, ReplayAnswer answer) {
  auto job = [&](Connection& c) -> Result<void> {
    const store::Param body =
        answer.kept ? store::Param(std::string_view(answer.body)) : store::Param(std::monostate());
    TRY_VOID(c.run(kKeep, {int64_t{answer.status}, answer.content_type, answer.header_block, body,
                           request.owner.view(), request.idempotency_key}));
    return {};
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<void>> Replays::release(ReplayRequest request) {
  auto job = [&](Connection& c) -> Result<void> {
    TRY_VOID(c.run(kRelease, {request.owner.view(), request.idempotency_key}));
    return {};
  };
  co_return co_await db_.write(std::move(job));
}

}  // namespace tandem::identity
