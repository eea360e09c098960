// Schema migrations: forward-only, numbered from 1 in each noun, and checksummed. A folder keeps
// them as schema/0001_keys_create.sql (PostgreSQL override: 0001_keys_create.postgres.sql);
// tandem_schema(identity) embeds them as `tandem::identity::migrations()` in "identity/schema.h".
//   TRY_VOID(store::migrate(db, identity::migrations()));
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace tandem::store {

// `sql` is written for SQLite; for PostgreSQL its column types and keywords are translated
// (dialect.h) unless `postgres_sql` replaces it.
struct Migration {
  std::string_view noun;  // "identity"
  int number = 0;         // 1, 2, 3 … within the noun
  std::string_view name;  // "keys_create"
  std::string_view sql;
  std::string_view postgres_sql;  // empty: `sql`, translated
};

// Applies what is missing, in the order of the list, in one transaction: all or nothing. Several
// servers may start at once on one PostgreSQL. Errors name the migration: one that was edited after
// it was applied, one that the database has and this program lacks (a newer Tandem wrote it), a gap
// in the numbers, failing SQL. Nouns that the list does not mention are left alone.
Result<void> migrate(Db& db, std::span<const Migration> migrations);

}  // namespace tandem::store
