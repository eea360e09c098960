#include "identity/call_limits.h"

#include "base/config/read.h"
#include "base/config/write.h"
#include "base/time/calendar.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

using store::Statement;

constexpr Statement kList{"call_limits_list",
                          "SELECT scope, scope_id, body, version, created_us, updated_us "
                          "FROM call_limits ORDER BY scope, scope_id"};
constexpr Statement kPut{
    "call_limits_put",
    "INSERT INTO call_limits (scope, scope_id, body, version, created_us, updated_us) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (scope, scope_id) DO UPDATE SET body = excluded.body, "
    "version = excluded.version, updated_us = excluded.updated_us"};
constexpr Statement kDelete{"call_limits_delete",
                            "DELETE FROM call_limits WHERE scope = ? AND scope_id = ?"};

}  // namespace

Result<std::map<CallLimitsService::Name, SetLimits>> CallLimitsService::read() {
  std::map<Name, SetLimits> out;
  Result<void> understood;
  const auto each = [&](const store::Row& row) {
    const auto scope = parse_limit_scope(row.text(0));
    auto limits = config::read_body<CallLimits>(row.str(2));
    if (!scope || !limits) {
      understood = fail(scope ? limits.error() : scope.error());
      return false;
    }
    out[{*scope, row.str(1)}] = {*limits, row.integer(3), row.integer(4), row.integer(5)};
    return true;
  };
  TRY_VOID(db_.read_now(
      [&](store::Connection& connection) { return connection.query(kList, {}, each); }));
  TRY_VOID(understood);
  return out;
}

Result<void> CallLimitsService::apply(const Name& name, const CallLimits& limits, WallUs now_us) {
  LimitUse day, month;
  if (used_since_ && limits.any()) {
    TRY(day, used_since_(name.first, name.second, time::start_of_day(now_us)));
    TRY(month, used_since_(name.first, name.second, time::start_of_month(now_us)));
  }
  limits_.scopes().set(name.first, name.second, limits, day, month, now_us);
  return {};
}

Result<void> CallLimitsService::load(UsedSince used_since, WallUs now_us) {
  used_since_ = std::move(used_since);
  return refresh_now(now_us);
}

Result<void> CallLimitsService::refresh_now(WallUs now_us) {
  TRY(auto next, read());
  const auto before = list();
  for (const auto& [name, limits] : before) {
    if (!next.contains(name)) TRY_VOID(apply(name, {}, now_us));
  }
  for (const auto& [name, limits] : next) {
    const auto known = before.find(name);
    if (known != before.end() && known->second.version == limits.version) continue;
    TRY_VOID(apply(name, limits.limits, now_us));
  }
  const std::lock_guard lock(mutex_);
  set_ = std::move(next);
  return {};
}

Result<SetLimits> CallLimitsService::put(const Name& name, const CallLimits& limits,
                                         std::optional<int64_t> expected, WallUs now_us) {
  TRY_VOID(check_id_text(name.second, limit_scope_name(name.first)));
  if (!limits.any()) return fail(errors::empty_limits());
  const auto all = list();
  const auto found = all.find(name);
  const int64_t version = found == all.end() ? 0 : found->second.version;
  if (expected && *expected != version) {
    return fail(errors::version_conflict("limits of", name.second, *expected, version));
  }
  const SetLimits next{limits, version + 1, version == 0 ? now_us : found->second.created_us,
                       now_us};
  const std::string body = config::to_json(limits);
  TRY_VOID(db_.write_now([&](store::Connection& connection) -> Result<void> {
    TRY_VOID(connection.run(
        kPut, {limit_scope_name(name.first), std::string_view(name.second), std::string_view(body),
               next.version, next.created_us, next.updated_us}));
    return {};
  }));
  TRY_VOID(apply(name, limits, now_us));
  const std::lock_guard lock(mutex_);
  set_[name] = next;
  return next;
}

Result<void> CallLimitsService::remove(const Name& name) {
  if (!list().contains(name)) {
    return fail(errors::no_limits(limit_scope_name(name.first), name.second));
  }
  TRY_VOID(db_.write_now([&](store::Connection& connection) -> Result<void> {
    TRY_VOID(
        connection.run(kDelete, {limit_scope_name(name.first), std::string_view(name.second)}));
    return {};
  }));
  limits_.scopes().set(name.first, name.second, {}, {}, {}, 0);
  const std::lock_guard lock(mutex_);
  set_.erase(name);
  return {};
}

std::map<CallLimitsService::Name, SetLimits> CallLimitsService::list() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

}  // namespace tandem::identity
