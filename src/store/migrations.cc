#include "store/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/text/encode.h"
#include "store/dialect.h"
#include "store/sha256.h"

namespace tandem::store {
namespace {

constexpr Statement kCreateTable{"migrations_create",
                                 "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                 "noun TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, "
                                 "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, "
                                 "PRIMARY KEY (noun, number))"};
constexpr Statement kList{"migrations_list",
                          "SELECT noun, number, name, checksum FROM schema_migrations"};
constexpr Statement kInsert{"migrations_insert",
                            "INSERT INTO schema_migrations (noun, number, name, checksum, "
                            "applied_at) VALUES (?, ?, ?, ?, ?)"};
// Any number will do, as long as every Tandem takes the same one; freed by the commit.
constexpr Statement kLock{"migrations_lock", "SELECT pg_advisory_xact_lock(7236826401)"};
constexpr Statement kNoTimeout{"migrations_no_timeout", "SET LOCAL statement_timeout = 0"};

struct Applied {
  std::string name;
  std::string checksum;
};
// (noun, number) → what was applied.
using AppliedMap = std::map<std::pair<std::string, int64_t>, Applied>;

std::string label(std::string_view noun, int64_t number, std::string_view name) {
  return fmt::format("{}/{:04}_{}", noun, number, name);
}

std::string_view source_for(const Migration& migration, Dialect dialect) {
  const bool own = dialect == Dialect::Postgres && !migration.postgres_sql.empty();
  return own ? migration.postgres_sql : migration.sql;
}

// Over what stands in the file; line ends do not count, because checkouts change them.
std::string checksum_of(std::string_view sql) {
  std::string text(sql);
  std::erase(text, '\r');
  Sha256 hash;
  hash.update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return text::to_hex(hash.finish());
}

// Numbers must run 1, 2, 3 … in each noun, in the order of the list.
Result<void> check_numbers(std::span<const Migration> migrations) {
  std::map<std::string_view, int> last;
  for (const Migration& migration : migrations) {
    const int expected = ++last[migration.noun];
    if (migration.number != expected) {
      return fail(Code::Internal,
                  fmt::format("Migration {} has number {}, but the next of its noun is {}.",
                              label(migration.noun, migration.number, migration.name),
                              migration.number, expected),
                  "Number the schema files of a folder 1, 2, 3 … without a gap.");
    }
  }
  return {};
}

Result<AppliedMap> applied_in(Connection& connection) {
  AppliedMap applied;
  TRY_VOID(connection.query(kList, {}, [&](const Row& row) {
    applied[{row.str(0), row.integer(1)}] = {row.str(2), row.str(3)};
    return true;
  }));
  return applied;
}

// What the database has and the program lacks: an older program meets a newer database.
Result<void> check_none_missing(const AppliedMap& applied, std::span<const Migration> migrations) {
  std::map<std::string_view, int64_t> newest;
  for (const Migration& migration : migrations) {
    newest[migration.noun] = std::max<int64_t>(newest[migration.noun], migration.number);
  }
  for (const auto& [key, row] : applied) {
    auto known = newest.find(key.first);
    if (known == newest.end() || key.second <= known->second) continue;
    return fail(Code::StorageFailed,
                fmt::format("The database has migration {}, which this version of Tandem does not "
                            "know.",
                            label(key.first, key.second, row.name)),
                "A newer Tandem wrote this database: start that version, or restore a backup from "
                "before the upgrade.");
  }
  return {};
}

Result<void> check_unchanged(const Migration& migration, const Applied& row,
                             std::string_view checksum) {
  if (row.checksum == checksum && row.name == migration.name) return {};
  return fail(
      Code::StorageFailed,
      fmt::format("Migration {} was applied to this database in another form ({}).",
                  label(migration.noun, migration.number, migration.name),
                  row.name != migration.name ? "its name was " + row.name
                                             : "its checksum was " + row.checksum),
      "An applied migration must never be edited: put the file back as it was and write the "
      "change as the next number.");
}

Result<void> apply(Connection& connection, const Migration& migration, std::string_view checksum) {
  const std::string name = label(migration.noun, migration.number, migration.name);
  std::string sql(source_for(migration, connection.dialect()));
  if (connection.dialect() == Dialect::Postgres && migration.postgres_sql.empty()) {
    sql = to_postgres_schema(sql);
  }
  if (Result<void> done = connection.script({name, sql}); !done) {
    return fail(std::move(done).error().within("Migration " + name));
  }
  TRY_VOID(connection.run(
      kInsert, {migration.noun, migration.number, migration.name, checksum, wall_now_us()}));
  log::info("store", "applied migration {}", name);
  return {};
}

Result<void> migrate_in(Connection& connection, std::span<const Migration> migrations) {
  if (connection.dialect() == Dialect::Postgres) {
    TRY_VOID(connection.run(kNoTimeout));
    TRY_VOID(connection.query(kLock, {}, [](const Row&) { return true; }));
  }
  TRY_VOID(connection.run(kCreateTable));
  TRY(const AppliedMap applied, applied_in(connection));
  TRY_VOID(check_none_missing(applied, migrations));
  for (const Migration& migration : migrations) {
    const std::string checksum = checksum_of(source_for(migration, connection.dialect()));
    auto row = applied.find({std::string(migration.noun), migration.number});
    if (row == applied.end()) {
      TRY_VOID(apply(connection, migration, checksum));
    } else {
      TRY_VOID(check_unchanged(migration, row->second, checksum));
    }
  }
  return {};
}

}  // namespace

Result<void> migrate(Db& db, std::span<const Migration> migrations) {
  TRY_VOID(check_numbers(migrations));
  return db.write_now([&](Connection& connection) { return migrate_in(connection, migrations); });
}

}  // namespace tandem::store
