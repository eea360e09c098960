#include "identity/errors.h"

#include <fmt/format.h>
#include <string.h>

#include "identity/permissions.h"
#include "identity/roles.h"

namespace tandem::identity::errors {

Error no_key() {
  return Error(
      Code::Unauthenticated, "The request carries no key.",
      "Send `authorization: Bearer tk-…` (or x-api-key, api-key, or HTTP Basic with the key "
      "as the password).",
      "authorization");
}

Error bad_authorization(std::string_view why) {
  return Error(Code::Unauthenticated, fmt::format("The authorization header {}.", why),
               "Send `authorization: Bearer tk-…`.", "authorization");
}

Error unknown_key(bool well_formed) {
  if (well_formed) {
    return Error(Code::Unauthenticated, "The key is unknown or was revoked.",
                 "Ask an administrator of the project for a new one.", "authorization");
  }
  return Error(Code::Unauthenticated, "The key is not one of this server.",
               "Its keys begin with tk- and have 45 characters; check that it was copied whole.",
               "authorization");
}

Error key_expired(WallUs at_us) {
  return Error(Code::Unauthenticated, fmt::format("The key expired at {}.", to_rfc3339(at_us)),
               "Ask an administrator of the project for a new one.", "authorization");
}

Error key_revoked(const KeyId& id) {
  return Error(
      Code::Unauthenticated,
      fmt::format("The key {} is revoked: nothing is called in its name any more.", id.view()),
      "Start the work again with another key.");
}

Error role_too_low(const Principal& principal, const Permission& permission, Needs needed) {
  const std::string name = fmt::format("{}:{}", permission.noun, access_name(permission.access));
  if (needed == Needs::Server) {
    return Error(Code::PermissionDenied, fmt::format("{} needs the admin key of the server.", name),
                 "What all projects share is managed with the key in admin.key.");
  }
  const Role role = needed == Needs::Admin ? Role::Admin : Role::Editor;
  return Error(Code::PermissionDenied,
               fmt::format("{} needs the role {}; the key {} has the role {}.", name,
                           role_name(role), principal.key_name, role_name(principal.role)),
               fmt::format("Use a key with the role {}.", role_name(role)));
}

Error other_project(const Principal& principal, const ProjectId& project) {
  return Error(Code::PermissionDenied,
               fmt::format("The key {} belongs to the project {}, not to {}.", principal.key_name,
                           principal.project.view(), project.view()),
               "Use a key of that project.", "project");
}

Error role_above_own(Role asked, Role own) {
  return Error(Code::PermissionDenied,
               fmt::format("The role {} is above your own, {}.", role_name(asked), role_name(own)),
               "Ask for a role that you have.", "role");
}

Error server_admin_only(std::string_view what) {
  return Error(Code::PermissionDenied,
               fmt::format("Only the admin key of the server may {}.", what),
               "It stands in admin.key in the data folder.");
}

Error rate_limited(std::string_view what, int64_t limit, int64_t wait_us) {
  const int64_t wait_s = (wait_us + 999'999) / 1'000'000;
  Error error(Code::RateLimited,
              fmt::format("The key's limit of {} {} a minute is used up.", limit, what),
              fmt::format("Try again in {} s.", wait_s));
  error.retry_after_s = wait_s;
  return error;
}

Error limit_used_up(std::string_view whose, std::string_view what, std::string_view window,
                    int64_t limit, int64_t asked, std::optional<int64_t> wait_us) {
  if (!wait_us) {
    return Error(Code::RateLimited,
                 fmt::format("The call may need {} {}; the limit of {} is {} {} a {}.", asked, what,
                             whose, limit, what, window),
                 "Send less, lower max_tokens, or have the limit raised.");
  }
  const int64_t wait_s = (*wait_us + 999'999) / 1'000'000;
  Error error(Code::RateLimited,
              fmt::format("The limit of {} of {} {} a {} is used up.", whose, limit, what, window),
              fmt::format("Try again in {} s.", wait_s));
  error.retry_after_s = wait_s;
  return error;
}

Error unknown_limit_scope(std::string_view name) {
  return Error(Code::InvalidArgument,
               fmt::format("\"{}\" is nothing that limits are set for.", name),
               "Scopes are project, team, user, key and endpoint.", "scope");
}

Error no_limits(std::string_view scope, std::string_view id) {
  return Error(Code::NotFound, fmt::format("No limits are set for {} {}.", scope, id),
               "GET /api/tandem/v1/limits lists those that are.");
}

Error empty_limits() {
  return Error(Code::InvalidArgument, "The limits give none.",
               "Give at least one, such as {\"requests_per_day\": 1000}, or delete them.");
}

Error larger_than_rate(std::string_view what, int64_t asked, int64_t limit) {
  return Error(
      Code::RateLimited,
      fmt::format("The call may need {} {}; the key's limit is {} a minute.", asked, what, limit),
      "Send less, lower max_tokens, or raise the key's limit.");
}

Error not_found(std::string_view kind, std::string_view id) {
  return Error(Code::NotFound, fmt::format("There is no {} {}.", kind, id), {}, "id");
}

Error exists(std::string_view kind, std::string_view id) {
  return Error(Code::AlreadyExists, fmt::format("The {} {} exists.", kind, id),
               "Choose another name.", "name");
}

Error version_conflict(std::string_view kind, std::string_view id, int64_t asked, int64_t found) {
  return Error(Code::VersionConflict,
               fmt::format("The {} {} has version {}, not {}.", kind, id, found, asked),
               "Read it again and repeat the change on what it is now.", "If-Match");
}

Error bad_if_match(std::string_view text) {
  return Error(Code::InvalidArgument,
               fmt::format("If-Match must be a version, found \"{}\".", text.substr(0, 60)),
               "Send the number in `version`, as in If-Match: \"3\".", "If-Match");
}

Error bad_idempotency_key() {
  return Error(Code::InvalidArgument, "Idempotency-Key must have 1 to 255 visible characters.",
               "A UUID will do.", "Idempotency-Key");
}

Error idempotency_reused(std::string_view idempotency_key) {
  return Error(Code::AlreadyExists,
               fmt::format("The Idempotency-Key {} was used for another request.", idempotency_key),
               "Use a new one for each new request.", "Idempotency-Key");
}

Error idempotency_busy(std::string_view idempotency_key) {
  Error error(
      Code::AlreadyExists,
      fmt::format("The request with the Idempotency-Key {} is still under way.", idempotency_key),
      "Repeat it in a moment.", "Idempotency-Key");
  error.retry_after_s = 1;
  return error;
}

Error bad_limit(std::string_view text, int64_t most) {
  return Error(
      Code::InvalidArgument,
      fmt::format("limit must be between 1 and {}, found \"{}\".", most, text.substr(0, 60)), {},
      "limit");
}

Error bad_cursor() {
  return Error(Code::InvalidArgument, "The cursor is not one of this list.",
               "Send next_cursor of the page before, with the same filter and order.", "cursor");
}

Error bad_order(std::string_view text) {
  return Error(
      Code::InvalidArgument,
      fmt::format("order must be created_at or -created_at, found \"{}\".", text.substr(0, 60)), {},
      "order");
}

Error bad_filter(std::string_view what, size_t position) {
  return Error(Code::InvalidArgument, fmt::format("filter: {} at position {}.", what, position),
               "Write terms like role = \"user\" and name = \"ci\".", "filter");
}

Error declared(std::string_view kind, std::string_view id) {
  return Error(Code::PermissionDenied,
               fmt::format("The {} {} is declared in the configuration file.", kind, id),
               "What the file declares is changed there.");
}

Error in_use(std::string_view kind, std::string_view id, int64_t count, std::string_view by) {
  return Error(Code::InvalidArgument,
               fmt::format("The {} {} is still used by {} {}{}.", kind, id, count, by,
                           count == 1 ? "" : "s"),
               "Delete those first.");
}

Error default_project() {
  return Error(Code::InvalidArgument, "The project default cannot be deleted.",
               "It is where keys without a project belong.");
}

Error unknown_reference(std::string_view field, std::string_view id, std::string_view project) {
  return Error(Code::InvalidArgument,
               fmt::format("{} {} does not exist in the project {}.", field, id, project),
               fmt::format("Create the {} first.", field), std::string(field));
}

Error admin_key_fixed() {
  return Error(Code::InvalidArgument, "The admin key of the server is not managed here.",
               "Set TANDEM_ADMIN_KEY, or delete admin.key and restart for a new one.", "id");
}

Error secret_file_failed(std::string_view path, std::string_view doing, int error_number) {
  return Error(Code::StorageFailed,
               fmt::format("{} cannot be {}: {}.", path, doing, strerror(error_number)),
               "Check the permissions of the data folder.");
}

Error secret_file_empty(std::string_view path) {
  return Error(Code::StorageFailed, fmt::format("{} is empty.", path),
               "Restore it from a backup, or delete it for a new one.");
}

Error secret_file_malformed(std::string_view path) {
  return Error(Code::StorageFailed, fmt::format("{} does not hold 64 hexadecimal digits.", path),
               "Restore it from a backup. Deleting it revokes every key.");
}

Error other_secret(std::string_view path) {
  return Error(Code::StorageFailed,
               fmt::format("The keys in the database were not made with the secret in {}.", path),
               "Restore the key.secret that belongs to this database, or give every node the same "
               "one.");
}

Error weak_admin_key() {
  return Error(Code::InvalidArgument,
               "TANDEM_ADMIN_KEY must have 16 to 256 visible characters without blanks.",
               "Use `openssl rand -hex 24`, or unset it to have one made.", "TANDEM_ADMIN_KEY");
}

}  // namespace tandem::identity::errors
