#include "audit/verify.h"

#include <algorithm>

#include "audit/chain.h"
#include "audit/rows.h"

namespace tandem::audit {
namespace {

using store::Row;
using store::Statement;

constexpr int64_t kPageEvents = 1000;

constexpr Statement kHead{"audit_head.get", "SELECT seq, hash FROM audit_head WHERE id = 1"};
constexpr Statement kHashBefore{"audit_events.hash", "SELECT hash FROM audit_events WHERE seq = ?"};
constexpr Statement kNewest{"audit_events.newest", "SELECT MAX(seq) FROM audit_events"};
constexpr Statement kPage{
    "audit_events.verify",
    "SELECT seq, id, time_us, actor_key, actor_user, project, action, resource, outcome, status, "
    "request_id, trace_id, details, prev_hash, leaf_hash, hash FROM audit_events "
    "WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?"};

}  // namespace

std::string_view name_of(Damage damage) {
  switch (damage) {
    case Damage::Missing:
      return "missing";
    case Damage::Changed:
      return "changed";
    case Damage::Unchained:
      return "unchained";
    case Damage::HeadDiffers:
      return "head_differs";
    case Damage::Unexpected:
      return "unexpected";
  }
  return "changed";
}

std::string_view meaning_of(Damage damage) {
  switch (damage) {
    case Damage::Missing:
      return "No event has this number: it was deleted.";
    case Damage::Changed:
      return "The content of the event was changed after it was written.";
    case Damage::Unchained:
      return "The event does not follow from the one before it.";
    case Damage::HeadDiffers:
      return "The newest event is not the one that the log ended with.";
    case Damage::Unexpected:
      return "The event was added without the log's knowledge.";
  }
  return "";
}

Verifier::Verifier(VerifyRange range) {
  result_.from_seq = std::max<int64_t>(range.from_seq, 1);
  result_.to_seq = range.to_seq;
  next_seq_ = result_.from_seq;
}

void Verifier::broke(int64_t seq, Damage damage) {
  if (!result_.broken) result_.broken = Verification::Break{seq, damage};
  done_ = true;
}

Result<void> Verifier::start(store::Connection& connection) {
  started_ = true;
  TRY_VOID(connection.query(kHead, {}, [this](const Row& row) {
    result_.head_seq = row.integer(0);
    result_.head_hash = digest_of(row.blob(1));
    return false;
  }));
  result_.to_seq = std::min(result_.to_seq, result_.head_seq);
  if (result_.from_seq == 1) return {};
  bool found = false;
  TRY_VOID(connection.query(kHashBefore, {result_.from_seq - 1}, [&](const Row& row) {
    found = true;
    last_hash_ = digest_of(row.blob(0));
    return false;
  }));
  // Past the end of the log there is nothing to check, and nothing before it to miss.
  if (!found && result_.from_seq - 1 <= result_.head_seq) {
    broke(result_.from_seq - 1, Damage::Missing);
  }
  return {};
}

bool Verifier::check(const StoredEvent& stored) {
  if (stored.seq != next_seq_) {
    broke(next_seq_, Damage::Missing);
  } else if (hash_leaf(stored) != stored.leaf_hash) {
    broke(stored.seq, Damage::Changed);
  } else if (stored.prev_hash != last_hash_ ||
             hash_link(stored.prev_hash, stored.leaf_hash) != stored.hash) {
    broke(stored.seq, Damage::Unchained);
  }
  if (done_) return false;
  last_hash_ = stored.hash;
  ++next_seq_;
  ++result_.checked;
  return true;
}

Result<void> Verifier::check_page(store::Connection& connection) {
  if (done_) return {};
  if (!started_) TRY_VOID(start(connection));
  if (done_) return {};
  const int64_t before = next_seq_;
  TRY_VOID(connection.query(kPage, {next_seq_, result_.to_seq, kPageEvents},
                            [this](const Row& row) { return check(stored_event(row)); }));
  if (done_ || next_seq_ - before == kPageEvents) return {};
  return finish(connection);
}

Result<void> Verifier::finish(store::Connection& connection) {
  if (next_seq_ <= result_.to_seq) {
    broke(next_seq_, Damage::Missing);
    return {};
  }
  const bool at_the_end = result_.to_seq == result_.head_seq && result_.from_seq <= result_.to_seq;
  if (at_the_end && last_hash_ != result_.head_hash) {
    broke(result_.head_seq, Damage::HeadDiffers);
    return {};
  }
  // In one snapshot: events of other writers since the start come with a head of their own.
  int64_t head_now = result_.head_seq;
  int64_t newest = 0;
  TRY_VOID(connection.query(kHead, {}, [&head_now](const Row& row) {
    head_now = row.integer(0);
    return false;
  }));
  TRY_VOID(connection.query(kNewest, {}, [&newest](const Row& row) {
    newest = row.integer(0);
    return false;
  }));
  if (newest > head_now) broke(head_now + 1, Damage::Unexpected);
  done_ = true;
  return {};
}

}  // namespace tandem::audit
