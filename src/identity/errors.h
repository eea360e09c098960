// Every sentence of identity that a user can read. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/error/error.h"

namespace tandem::identity {

struct Permission;
enum class Needs : uint8_t;

namespace errors {

// Who is it?
Error no_key();
Error bad_authorization(std::string_view why);
Error unknown_key(bool well_formed);
Error key_expired(WallUs at_us);
Error key_revoked(const KeyId& id);

// May they?
Error role_too_low(const Principal& principal, const Permission& permission, Needs needed);
Error other_project(const Principal& principal, const ProjectId& project);
Error role_above_own(Role asked, Role own);
Error server_admin_only(std::string_view what);

// How often?
Error rate_limited(std::string_view what, int64_t limit, int64_t wait_us);
// Of a limit of scope_limits.h. `wait_us` absent: the call is larger than the limit.
Error limit_used_up(std::string_view whose, std::string_view what, std::string_view window,
                    int64_t limit, int64_t asked, std::optional<int64_t> wait_us);
Error unknown_limit_scope(std::string_view name);
Error no_limits(std::string_view scope, std::string_view id);
Error empty_limits();
Error larger_than_rate(std::string_view what, int64_t asked, int64_t limit);

// Resources. `kind` is "key", "project", "user" or "team".
Error not_found(std::string_view kind, std::string_view id);
Error exists(std::string_view kind, std::string_view id);
Error version_conflict(std::string_view kind, std::string_view id, int64_t asked, int64_t found);
Error bad_if_match(std::string_view text);
Error bad_idempotency_key();
Error idempotency_reused(std::string_view idempotency_key);
Error idempotency_busy(std::string_view idempotency_key);
Error bad_limit(std::string_view text, int64_t most);
Error bad_cursor();
Error bad_order(std::string_view text);
Error bad_filter(std::string_view what, size_t position);
Error declared(std::string_view kind, std::string_view id);
Error in_use(std::string_view kind, std::string_view id, int64_t count, std::string_view by);
Error default_project();
Error unknown_reference(std::string_view field, std::string_view id, std::string_view project);
Error admin_key_fixed();

// Start-up.
Error secret_file_failed(std::string_view path, std::string_view doing, int error_number);
Error secret_file_empty(std::string_view path);
Error secret_file_malformed(std::string_view path);
Error other_secret(std::string_view path);
Error weak_admin_key();

}  // namespace errors
}  // namespace tandem::identity
