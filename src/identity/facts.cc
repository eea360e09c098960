#include "identity/facts.h"

#include "identity/errors.h"

namespace tandem::identity {
namespace {

constexpr store::Statement kRemember{
    "identity_facts_remember",
    "INSERT INTO identity_facts (name, content) VALUES ('key_secret', ?) "
    "ON CONFLICT (name) DO NOTHING"};
constexpr store::Statement kFind{"identity_facts_find",
                                 "SELECT content FROM identity_facts WHERE name = 'key_secret'"};

}  // namespace

Result<void> check_key_secret(store::Db& db, std::string_view fingerprint, std::string_view path) {
  return db.write_now([&](store::Connection& c) -> Result<void> {
    TRY_VOID(c.run(kRemember, {fingerprint}));
    TRY(const auto known, c.find(kFind, {}, [](const store::Row& row) { return row.str(0); }));
    if (known == fingerprint) return {};
    return fail(errors::other_secret(path));
  });
}

}  // namespace tandem::identity
