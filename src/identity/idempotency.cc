#include "identity/idempotency.h"

#include "base/crypto/hash.h"
#include "base/text/encode.h"
#include "base/time/calendar.h"
#include "identity/errors.h"

namespace tandem::identity {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kForget{"identity_idempotency_forget",
                            "DELETE FROM identity_idempotency WHERE created_us < ?"};
constexpr Statement kClaim{
    "identity_idempotency_claim",
    "INSERT INTO identity_idempotency (owner, idempotency_key, fingerprint, resource, nonce, "
    "created_us) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (owner, idempotency_key) DO NOTHING"};
constexpr Statement kUnclaim{
    "identity_idempotency_unclaim",
    "DELETE FROM identity_idempotency WHERE owner = ? AND idempotency_key = ? AND resource = ?"};
constexpr Statement kFind{"identity_idempotency_find",
                          "SELECT fingerprint, resource, nonce FROM identity_idempotency "
                          "WHERE owner = ? AND idempotency_key = ?"};

}  // namespace

Result<std::optional<EarlierClaim>> claim(store::Connection& c, const Claim& claim, WallUs now_us) {
  TRY_VOID(c.run(kForget, {now_us - time::kDayUs}));
  TRY(const int64_t rows, c.run(kClaim, {claim.owner.view(), claim.idempotency_key,
                                         claim.fingerprint, claim.resource, claim.nonce, now_us}));
  if (rows == 1) return std::nullopt;
  struct Found {
    std::string fingerprint;
    EarlierClaim earlier;
  };
  TRY(const auto found,
      c.find(kFind, {claim.owner.view(), claim.idempotency_key}, [](const Row& row) {
        return Found{row.str(0), {row.str(1), row.str(2)}};
      }));
  if (!found || found->fingerprint != claim.fingerprint) {
    return fail(errors::idempotency_reused(claim.idempotency_key));
  }
  return std::optional(found->earlier);
}

Result<void> unclaim(store::Connection& c, const Claim& claim) {
  TRY_VOID(c.run(kUnclaim, {claim.owner.view(), claim.idempotency_key, claim.resource}));
  return {};
}

std::string fingerprint_of(std::string_view kind, std::string_view json) {
  crypto::Sha256 hash;
  hash.update(kind);
  hash.update("\n");
  hash.update(json);
  return text::to_hex(hash.finish());
}

}  // namespace tandem::identity
