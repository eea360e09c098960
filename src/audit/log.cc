#include "audit/log.h"

#include <algorithm>

#include "audit/chain.h"
#include "audit/rows.h"
#include "base/ids.h"
#include "base/json/validate.h"
#include "base/json/writer.h"
#include "base/text/utf8.h"

namespace tandem::audit {
namespace {

using store::Row;
using store::Statement;

// Taking the next number locks the row: writers of other processes wait here, on PostgreSQL too.
constexpr Statement kTakeNumber{"audit_head.advance",
                                "UPDATE audit_head SET seq = seq + 1 WHERE id = 1"};
constexpr Statement kHead{"audit_head.get", "SELECT seq, hash FROM audit_head WHERE id = 1"};
constexpr Statement kSetHash{"audit_head.set_hash", "UPDATE audit_head SET hash = ? WHERE id = 1"};
constexpr Statement kInsert{
    "audit_events.insert",
    "INSERT INTO audit_events (seq, id, time_us, actor_key, actor_user, project, action, resource, "
    "outcome, status, request_id, trace_id, details, prev_hash, leaf_hash, hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};

constexpr size_t kMaxFieldBytes = 1024;
constexpr size_t kMaxDetailsBytes = 64 * 1024;

// Text as every database stores it, so that what was hashed is what is read again.
std::string storable(std::string_view text, size_t max_bytes) {
  std::string out;
  while (!text.empty() && out.size() < max_bytes) {
    const size_t length = text::utf8_sequence_length(text);
    const bool bad = length == 0 || text.front() == '\0';
    out += bad ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(bad ? 1 : length);
  }
  return out;
}

std::string checked_details(const std::string& details) {
  if (details.empty()) return "{}";
  const bool object = details.starts_with('{') && json::is_valid(details) &&
                      details.size() <= kMaxDetailsBytes && details.find('\0') == std::string::npos;
  if (object) return details;
  // Never lose an event for its details: what is left of them is kept as text.
  std::string out;
  json::Writer json(out);
  json.object().key("text").string(storable(details, kMaxDetailsBytes / 2));
  json.key("cut").boolean(details.size() > kMaxDetailsBytes / 2).end_object();
  return out;
}

void make_storable(Event& event) {
  for (std::string* text : {&event.actor_key, &event.actor_user, &event.project, &event.action,
                            &event.resource, &event.request_id, &event.trace_id}) {
    *text = storable(*text, kMaxFieldBytes);
  }
  event.details = checked_details(event.details);
  if (event.time_us == 0) event.time_us = wall_now_us();
}

std::string make_id() {
  char ulid[26];
  return "aud_" + std::string(write_ulid(ulid));
}

}  // namespace

Result<StoredEvent> AuditLog::append_in(store::Connection& connection, Event event) {
  make_storable(event);
  StoredEvent stored;
  stored.outcome = name_of(event.outcome);
  stored.event = std::move(event);
  stored.id = make_id();
  TRY_VOID(connection.run(kTakeNumber));
  TRY_VOID(connection.query(kHead, {}, [&stored](const Row& row) {
    stored.seq = row.integer(0);
    stored.prev_hash = digest_of(row.blob(1));
    return false;
  }));
  if (stored.seq <= 0) {
    return fail(Code::StorageFailed, "The audit log has lost its head row.",
                "Restore the database from a backup; nothing is audited until then.");
  }
  stored.leaf_hash = hash_leaf(stored);
  stored.hash = hash_link(stored.prev_hash, stored.leaf_hash);
  const Event& kept = stored.event;
  TRY_VOID(connection.run(
      kInsert,
      {stored.seq, std::string_view(stored.id), kept.time_us, std::string_view(kept.actor_key),
       std::string_view(kept.actor_user), std::string_view(kept.project),
       std::string_view(kept.action), std::string_view(kept.resource),
       std::string_view(stored.outcome), kept.status, std::string_view(kept.request_id),
       std::string_view(kept.trace_id), std::string_view(kept.details),
       std::span<const uint8_t>(stored.prev_hash), std::span<const uint8_t>(stored.leaf_hash),
       std::span<const uint8_t>(stored.hash)}));
  TRY_VOID(connection.run(kSetHash, {std::span<const uint8_t>(stored.hash)}));
  return stored;
}

Task<Result<void>> AuditLog::append(Event event) {
  store::Db::Job<StoredEvent> job = [&event](store::Connection& connection) {
    return append_in(connection, std::move(event));
  };
  Result<StoredEvent> stored = co_await db_.write<StoredEvent>(std::move(job));
  if (!stored) co_return fail(std::move(stored).error());
  co_return Result<void>();
}

Result<void> AuditLog::append_now(Event event) {
  TRY_VOID(db_.write_now(
      [&event](store::Connection& connection) { return append_in(connection, std::move(event)); }));
  return {};
}

Task<Result<EventPage>> AuditLog::list(EventQuery query) {
  store::Db::Job<EventPage> job = [&query](store::Connection& connection) {
    return list_events(connection, query);
  };
  Result<EventPage> page = co_await db_.read<EventPage>(std::move(job));
  co_return page;
}

Result<EventPage> AuditLog::list_now(const EventQuery& query) {
  return db_.read_now(
      [&query](store::Connection& connection) { return list_events(connection, query); });
}

Task<Result<Verification>> AuditLog::verify(VerifyRange range) {
  Verifier verifier(range);
  while (!verifier.done()) {
    store::Db::Job<bool> job = [&verifier](store::Connection& connection) -> Result<bool> {
      TRY_VOID(verifier.check_page(connection));
      return true;
    };
    Result<bool> checked = co_await db_.read<bool>(std::move(job));
    if (!checked) co_return fail(std::move(checked).error());
  }
  co_return verifier.result();
}

Result<Verification> AuditLog::verify_now(VerifyRange range) {
  Verifier verifier(range);
  while (!verifier.done()) {
    TRY_VOID(db_.read_now([&verifier](store::Connection& connection) -> Result<bool> {
      TRY_VOID(verifier.check_page(connection));
      return true;
    }));
  }
  return verifier.result();
}

}  // namespace tandem::audit
