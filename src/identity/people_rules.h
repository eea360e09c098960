// What the rules of teams and users share; for sources of this folder.
#pragma once

#include <string_view>

#include "base/config/write.h"
#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/people_store.h"
#include "identity/permissions.h"
#include "identity/project_store.h"

namespace tandem::identity::people {

// Team or user `id` as far as `by` may see it; NotFound otherwise.
template <class T, class TagId>
Result<T> get_visible(store::Connection& c, const Principal& by, std::string_view kind,
                      const TagId& id) {
  TRY(auto found, people_store::find(c, id));
  if (!found || !visible(by, found->project)) return fail(errors::not_found(kind, id.view()));
  return *std::move(found);
}

// The same, of the version that the caller knows.
template <class T, class TagId>
Result<T> get_current(store::Connection& c, const Principal& by, std::string_view kind,
                      const TagId& id, const WriteOptions& options) {
  TRY(T found, (get_visible<T>(c, by, kind, id)));
  const int64_t version = found.stamp.version;
  if (!options.if_match || *options.if_match == version) return found;
  return fail(errors::version_conflict(kind, id.view(), *options.if_match, version));
}

// Inserts `made`, or answers what an earlier request with the same Idempotency-Key made.
template <class T, class Request>
Result<T> insert_once(store::Connection& c, const Principal& by, std::string_view kind, T made,
                      const Request& request, const WriteOptions& options) {
  TRY(const auto project, project_store::find(c, made.project));
  if (!project) return fail(errors::not_found("project", made.project.view()));
  if (options.idempotency_key) {
    const Claim mine{by.key, *options.idempotency_key,
                     fingerprint_of(kind, config::to_json(request)), made.id.str(), ""};
    TRY(const auto earlier, claim(c, mine, made.stamp.created_us));
    if (earlier) return get_visible<T>(c, by, kind, decltype(made.id)(earlier->resource));
  }
  TRY_VOID(people_store::insert(c, made));
  return made;
}

// Writes the next version of `changed`.
template <class T>
Result<T> write_next(store::Connection& c, std::string_view kind, T changed) {
  changed.stamp.updated_us = wall_now_us();
  const int64_t version = changed.stamp.version++;
  TRY(const bool updated, people_store::update(c, changed, version));
  if (updated) return changed;
  return fail(errors::version_conflict(kind, changed.id.view(), version, version + 1));
}

}  // namespace tandem::identity::people
