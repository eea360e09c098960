// The differences between SQLite's SQL and PostgreSQL's that Tandem bridges by itself. Pure.
// Everything else is written so that both understand it: README.md lists the portable subset.
#pragma once

#include <string>
#include <string_view>

namespace tandem::store {

// Every `?` outside of quotes and comments becomes $1, $2 …
std::string to_dollar_placeholders(std::string_view sql);

// Translates a schema file: INTEGER and INT to BIGINT, REAL to DOUBLE PRECISION, BLOB to BYTEA,
// TEXT to TEXT COLLATE "C" (bytes compare as in SQLite), INTEGER PRIMARY KEY [AUTOINCREMENT] to an
// identity column; WITHOUT ROWID and STRICT go. Words in quotes and comments stay, and so does a
// type word that is a column's name.
std::string to_postgres_schema(std::string_view sql);

}  // namespace tandem::store
