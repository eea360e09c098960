#include "identity/refresher.h"

#include <algorithm>

#include "identity/key_store.h"
#include "identity/project_store.h"

namespace tandem::identity {

store::Db::Job<Refresher::Changes> Refresher::reading() const {
  return [since = loaded_.load()](store::Connection& c) -> Result<Changes> {
    Changes out;
    TRY(out.last, key_store::last_sequence(c));
    if (out.last == since && since > 0) return out;
    TRY(out.keys, key_store::changes_after(c, since));
    TRY(const auto ids, project_store::ids(c));
    out.projects.insert(ids.begin(), ids.end());
    return out;
  };
}

void Refresher::apply(Changes changes) {
  if (changes.projects.empty()) return;  // nothing new was read; `default` always exists
  std::vector<std::pair<KeyId, KeyLimits>> limits;
  for (const KeyTable::Change& change : changes.keys) {
    limits.emplace_back(change.id, change.entry ? change.entry->limits : KeyLimits());
  }
  // In one critical section: an older reading must not set the limits of a newer one back.
  const std::lock_guard lock(mutex_);
  table_.apply(std::move(changes.keys));
  if (changes.last < loaded_.load()) return;
  for (const auto& [key, value] : limits) limits_.set(key, value);
  projects_ = std::move(changes.projects);
  loaded_.store(changes.last);
}

Task<Result<void>> Refresher::refresh() {
  auto job = reading();
  CO_TRY(auto changes, co_await db_.read(std::move(job)));
  apply(std::move(changes));
  co_return Result<void>();
}

Result<void> Refresher::refresh_now() {
  TRY(auto changes, db_.read_now(reading()));
  apply(std::move(changes));
  return {};
}

bool Refresher::project_exists(const ProjectId& project) const {
  const std::lock_guard lock(mutex_);
  return projects_.contains(project);
}

}  // namespace tandem::identity
