// The list of audit events: filters, newest first, with a cursor. SQL; runs inside a read job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/types.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::audit {

inline constexpr int64_t kDefaultEvents = 50;
inline constexpr int64_t kMaxEvents = 1000;

struct EventQuery {
  // The tenant boundary: events of this project only. nullopt: of every project and of the server,
  // which only the server's admin may ask for.
  std::optional<ProjectId> project;
  std::optional<WallUs> from_us;  // inclusive
  std::optional<WallUs> to_us;    // exclusive
  std::string actor = {};         // a key's or a user's id; empty: any
  std::string action = {};        // "keys.create", or "keys.*" for all of a noun
  std::string resource = {};      // exact, or a prefix that ends in *
  std::string outcome = {};       // "success", "denied", "failure"
  int64_t limit = kDefaultEvents;
  std::string cursor = {};
};

struct EventPage {
  std::vector<StoredEvent> events;  // newest first
  std::string next_cursor;          // empty at the end
};

Result<EventPage> list_events(store::Connection& connection, const EventQuery& query);

}  // namespace tandem::audit
