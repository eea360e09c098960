#include "identity/key_store.h"

#include <algorithm>

#include "base/config/read.h"
#include "base/config/write.h"

namespace tandem::identity::key_store {
namespace {

using store::Connection;
using store::kNull;
using store::Param;
using store::Row;
using store::Statement;

#define KEY_COLUMNS                                                             \
  "id, project, name, role, hint, endpoints, expires_us, requests_per_minute, " \
  "tokens_per_minute, user_id, team, created_by, created_us, updated_us, version, last_used_us"

constexpr Statement kSequenceNext{
    "identity_sequence_next",
    "UPDATE identity_facts SET number = number + 1 WHERE name = 'sequence'"};
constexpr Statement kSequenceLast{"identity_sequence_last",
                                  "SELECT number FROM identity_facts WHERE name = 'sequence'"};
constexpr Statement kInsert{
    "keys_insert",
    "INSERT INTO keys (" KEY_COLUMNS
    ", hash, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
constexpr Statement kFind{"keys_find",
                          "SELECT " KEY_COLUMNS " FROM keys WHERE id = ? AND revoked_us IS NULL"};

#define KEY_FILTER                                \
  " FROM keys WHERE revoked_us IS NULL"           \
  " AND (CAST(? AS TEXT) IS NULL OR project = ?)" \
  " AND (CAST(? AS TEXT) IS NULL OR name = ?)"    \
  " AND (CAST(? AS TEXT) IS NULL OR role = ?)"    \
  " AND (CAST(? AS TEXT) IS NULL OR user_id = ?)" \
  " AND (CAST(? AS TEXT) IS NULL OR team = ?)"

constexpr Statement kListNewest{"keys_list_newest",
                                "SELECT " KEY_COLUMNS KEY_FILTER
                                " AND (CAST(? AS TEXT) IS NULL OR created_us < ?"
                                " OR (created_us = ? AND id < ?))"
                                " ORDER BY created_us DESC, id DESC LIMIT ?"};
constexpr Statement kListOldest{"keys_list_oldest",
                                "SELECT " KEY_COLUMNS KEY_FILTER
                                " AND (CAST(? AS TEXT) IS NULL OR created_us > ?"
                                " OR (created_us = ? AND id > ?))"
                                " ORDER BY created_us, id LIMIT ?"};

constexpr Statement kUpdate{
    "keys_update",
    "UPDATE keys SET name = ?, role = ?, endpoints = ?, expires_us = ?, requests_per_minute = ?, "
    "tokens_per_minute = ?, user_id = ?, team = ?, updated_us = ?, version = ?, sequence = ? "
    "WHERE id = ? AND version = ? AND revoked_us IS NULL"};
constexpr Statement kRevoke{
    "keys_revoke",
    "UPDATE keys SET revoked_us = ?, updated_us = ?, version = version + 1, hash = NULL, "
    "sequence = ? WHERE id = ? AND revoked_us IS NULL"};
constexpr Statement kRevokeOfUser{
    "keys_revoke_of_user",
    "UPDATE keys SET revoked_us = ?, updated_us = ?, version = version + 1, hash = NULL, "
    "sequence = ? WHERE user_id = ? AND revoked_us IS NULL"};
constexpr Statement kLowerRoles{
    "keys_lower_roles",
    "UPDATE keys SET role = ?, updated_us = ?, version = version + 1, sequence = ? "
    "WHERE user_id = ? AND role IN (?, ?) AND revoked_us IS NULL"};
constexpr Statement kForgetRevoked{"keys_forget_revoked",
                                   "DELETE FROM keys WHERE project = ? AND revoked_us IS NOT NULL"};
constexpr Statement kCountInProject{
    "keys_count_in_project", "SELECT COUNT(*) FROM keys WHERE project = ? AND revoked_us IS NULL"};
constexpr Statement kCountInTeam{"keys_count_in_team",
                                 "SELECT COUNT(*) FROM keys WHERE team = ? AND revoked_us IS NULL"};
constexpr Statement kChanges{"keys_changes",
                             "SELECT " KEY_COLUMNS
                             ", hash, sequence, revoked_us FROM keys WHERE sequence > ? "
                             "AND (revoked_us IS NULL OR CAST(? AS BIGINT) > 0)"};
constexpr Statement kSetLastUsed{
    "keys_set_last_used",
    "UPDATE keys SET last_used_us = ? WHERE id = ? AND COALESCE(last_used_us, 0) < ?"};

enum Column : int {
  kId,
  kProject,
  kName,
  kRole,
  kHint,
  kEndpoints,
  kExpires,
  kRequests,
  kTokens,
  kUser,
  kTeam,
  kCreatedBy,
  kCreated,
  kUpdated,
  kVersion,
  kLastUsed,
  kHash,
  kSequence,
  kRevoked,
};

std::optional<int64_t> integer_or_none(const Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

std::optional<std::vector<std::string>> endpoints_of(const Row& row) {
  if (row.is_null(kEndpoints)) return std::nullopt;
  // A list that cannot be read allows nothing, rather than everything.
  auto names = config::read_body<std::vector<std::string>>(row.text(kEndpoints));
  return names ? *std::move(names) : std::vector<std::string>();
}

std::optional<KeyLimits> limits_of(const Row& row) {
  const KeyLimits limits{integer_or_none(row, kRequests), integer_or_none(row, kTokens)};
  return limits.any() ? std::optional(limits) : std::nullopt;
}

Key key_of(const Row& row) {
  Key key;
  key.id = KeyId(row.text(kId));
  key.project = ProjectId(row.text(kProject));
  key.settings.name = row.str(kName);
  key.settings.role = parse_role(row.text(kRole)).value_or(Role::User);
  key.settings.endpoints = endpoints_of(row);
  if (!row.is_null(kExpires)) key.settings.expires_at = config::Timestamp{row.integer(kExpires)};
  key.settings.limits = limits_of(row);
  key.settings.user = UserId(row.text(kUser));
  key.settings.team = TeamId(row.text(kTeam));
  key.hint = row.str(kHint);
  key.created_by = KeyId(row.text(kCreatedBy));
  key.stamp = {row.integer(kCreated), row.integer(kUpdated), row.integer(kVersion)};
  key.last_used_us = integer_or_none(row, kLastUsed);
  return key;
}

Param text_or_null(std::string_view text) {
  return text.empty() ? Param(kNull) : Param(text);
}

// The columns of settings as parameters; keeps the text that they view.
struct SettingsParams {
  explicit SettingsParams(const KeySettings& settings) {
    if (settings.endpoints) {
      endpoints_text = config::to_json(*settings.endpoints);
      endpoints = std::string_view(endpoints_text);
    }
    if (settings.expires_at) expires = settings.expires_at->us;
    if (settings.limits) {
      requests = store::or_null(settings.limits->requests_per_minute);
      tokens = store::or_null(settings.limits->tokens_per_minute);
    }
    user = text_or_null(settings.user.view());
    team = text_or_null(settings.team.view());
  }
  SettingsParams(const SettingsParams&) = delete;
  SettingsParams& operator=(const SettingsParams&) = delete;

  std::string endpoints_text;
  Param endpoints = kNull, expires = kNull, requests = kNull, tokens = kNull, user = kNull,
        team = kNull;
};

Result<int64_t> count(Connection& c, const Statement& statement, std::string_view id) {
  TRY(const auto rows, c.find(statement, {id}, [](const Row& row) { return row.integer(0); }));
  return rows.value_or(0);
}

}  // namespace

Result<int64_t> next_sequence(Connection& c) {
  TRY_VOID(c.run(kSequenceNext));
  return last_sequence(c);
}

Result<int64_t> last_sequence(Connection& c) {
  TRY(const auto number, c.find(kSequenceLast, {}, [](const Row& row) { return row.integer(0); }));
  return number.value_or(0);
}

Result<void> insert(Connection& c, const Key& key, const KeyHash& hash) {
  TRY(const int64_t sequence, next_sequence(c));
  const SettingsParams settings(key.settings);
  TRY_VOID(c.run(
      kInsert,
      {key.id.view(), key.project.view(), key.settings.name, role_name(key.settings.role), key.hint,
       settings.endpoints, settings.expires, settings.requests, settings.tokens, settings.user,
       settings.team, key.created_by.view(), key.stamp.created_us, key.stamp.updated_us,
       key.stamp.version, kNull, std::span<const uint8_t>(hash), sequence}));
  return {};
}

Result<std::optional<Key>> find(Connection& c, const KeyId& id) {
  return c.find(kFind, {id.view()}, key_of);
}

Result<std::vector<Key>> list(Connection& c, const std::optional<ProjectId>& project,
                              const ListRequest& request) {
  std::vector<Param> params;
  const auto twice = [&](Param param) { params.insert(params.end(), {param, param}); };
  twice(project ? Param(project->view()) : Param(kNull));
  for (const char* field : {"name", "role", "user", "team"}) {
    const auto found = request.equal.find(field);
    twice(found == request.equal.end() ? Param(kNull) : Param(std::string_view(found->second)));
  }
  const Cursor after = request.after.value_or(Cursor());
  params.push_back(text_or_null(after.id));
  twice(after.created_us);
  params.push_back(std::string_view(after.id));
  params.push_back(request.limit + 1);
  const Statement& statement = request.order == Order::NewestFirst ? kListNewest : kListOldest;
  std::vector<Key> keys;
  TRY_VOID(c.query(statement, params, [&](const Row& row) {
    keys.push_back(key_of(row));
    return true;
  }));
  return keys;
}

Result<bool> update(Connection& c, const Key& key, int64_t version) {
  TRY(const int64_t sequence, next_sequence(c));
  const SettingsParams settings(key.settings);
  TRY(const int64_t rows,
      c.run(kUpdate,
            {key.settings.name, role_name(key.settings.role), settings.endpoints, settings.expires,
             settings.requests, settings.tokens, settings.user, settings.team, key.stamp.updated_us,
             key.stamp.version, sequence, key.id.view(), version}));
  return rows == 1;
}

Result<void> revoke(Connection& c, const KeyId& id, WallUs now_us) {
  TRY(const int64_t sequence, next_sequence(c));
  TRY_VOID(c.run(kRevoke, {now_us, now_us, sequence, id.view()}));
  return {};
}

Result<int64_t> revoke_of_user(Connection& c, const UserId& user, WallUs now_us) {
  TRY(const int64_t sequence, next_sequence(c));
  return c.run(kRevokeOfUser, {now_us, now_us, sequence, user.view()});
}

Result<void> lower_roles_of_user(Connection& c, const UserId& user, Role most, WallUs now_us) {
  if (most == Role::Admin) return {};
  TRY(const int64_t sequence, next_sequence(c));
  const std::string_view above = role_name(most == Role::User ? Role::Editor : Role::Admin);
  TRY_VOID(c.run(kLowerRoles,
                 {role_name(most), now_us, sequence, user.view(), above, role_name(Role::Admin)}));
  return {};
}

Result<void> forget_revoked_of_project(Connection& c, const ProjectId& project) {
  TRY_VOID(c.run(kForgetRevoked, {project.view()}));
  return {};
}

Result<int64_t> count_in_project(Connection& c, const ProjectId& project) {
  return count(c, kCountInProject, project.view());
}

Result<int64_t> count_in_team(Connection& c, const TeamId& team) {
  return count(c, kCountInTeam, team.view());
}

Result<std::vector<KeyTable::Change>> changes_after(Connection& c, int64_t sequence) {
  // From the beginning, nobody knows the revoked keys yet.
  return c.list(kChanges, {sequence, sequence}, [](const Row& row) {
    KeyTable::Change change{KeyId(row.text(kId)), row.integer(kSequence), std::nullopt};
    const auto hash = row.blob(kHash);
    if (!row.is_null(kRevoked) || hash.size() != sizeof(KeyHash)) return change;
    const Key key = key_of(row);
    KeyEntry& entry = change.entry.emplace();
    std::copy(hash.begin(), hash.end(), entry.hash.begin());
    entry.expires_us =
        key.settings.expires_at ? std::max<WallUs>(1, key.settings.expires_at->us) : 0;
    entry.limits = key.settings.limits.value_or(KeyLimits());
    entry.principal.key = key.id;
    entry.principal.key_name = key.settings.name;
    entry.principal.project = key.project;
    entry.principal.user = key.settings.user;
    entry.principal.team = key.settings.team;
    entry.principal.role = key.settings.role;
    if (key.settings.endpoints) {
      entry.principal.endpoints =
          std::make_shared<const std::vector<std::string>>(*key.settings.endpoints);
    }
    return change;
  });
}

Result<void> set_last_used(Connection& c, const std::vector<std::pair<KeyId, WallUs>>& times) {
  for (const auto& [id, time_us] : times) {
    TRY_VOID(c.run(kSetLastUsed, {time_us, id.view(), time_us}));
  }
  return {};
}

}  // namespace tandem::identity::key_store
