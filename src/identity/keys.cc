#include "identity/keys.h"

#include "base/config/read.h"
#include "base/config/write.h"
#include "base/crypto/random.h"
#include "base/log.h"
#include "base/text/encode.h"
#include "identity/errors.h"
#include "identity/idempotency.h"
#include "identity/key_store.h"
#include "identity/key_text.h"
#include "identity/paging.h"
#include "identity/people_store.h"
#include "identity/permissions.h"
#include "identity/project_store.h"

namespace tandem::identity {
namespace {

using store::Connection;

constexpr Permission kRead{"keys", Access::Read};
constexpr Permission kWrite{"keys", Access::Write};

std::string random_nonce() {
  std::array<uint8_t, 16> bytes;
  crypto::fill_random(bytes);
  return text::to_hex(bytes);
}

// Nobody hands out more than they have.
Result<void> check_role(const Principal& by, Role role) {
  if (by.every_project || role <= by.role) return {};
  return fail(errors::role_above_own(role, by.role));
}

// The user and team of a key belong to its project.
Result<void> check_people(Connection& c, const ProjectId& project, const KeySettings& settings) {
  if (!settings.user.empty()) {
    TRY(const auto user, people_store::find(c, settings.user));
    if (!user || user->project != project) {
      return fail(errors::unknown_reference("user", settings.user.view(), project.view()));
    }
    if (settings.role > user->settings.role) {
      return fail(errors::role_above_own(settings.role, user->settings.role));
    }
  }
  if (!settings.team.empty()) {
    TRY(const auto team, people_store::find(c, settings.team));
    if (!team || team->project != project) {
      return fail(errors::unknown_reference("team", settings.team.view(), project.view()));
    }
  }
  return {};
}

Result<void> check_project(Connection& c, const ProjectId& project) {
  TRY(const auto found, project_store::find(c, project));
  if (found) return {};
  Error error = errors::not_found("project", project.view());
  error.param = "project";
  return fail(std::move(error));
}

// The key that `by` may see, or NotFound.
Result<Key> get_visible(Connection& c, const Principal& by, const KeyId& id) {
  TRY(auto key, key_store::find(c, id));
  if (!key || !visible(by, key->project)) return fail(errors::not_found("key", id.view()));
  return *std::move(key);
}

Result<void> check_version(const Key& key, const WriteOptions& options) {
  if (!options.if_match || *options.if_match == key.stamp.version) return {};
  return fail(errors::version_conflict("key", key.id.view(), *options.if_match, key.stamp.version));
}

}  // namespace

// What a creation is about to write, all decided before the transaction.
struct Keys::Draft {
  Key key;
  std::string text;
  KeyHash hash;
  Claim claim;  // its idempotency_key is empty where none was sent
};

Result<Keys::Draft> Keys::draft(const Principal& by, const CreateKey& request,
                                const WriteOptions& options) {
  Draft out;
  TRY(out.key.project, project_for(by, request.project));
  TRY_VOID(authorise(by, kWrite, out.key.project));
  TRY_VOID(check_role(by, request.role));
  if (request.budget && !budgets_) {
    return fail(Code::NotImplemented, "This server keeps no budgets.", {}, "budget");
  }
  out.key.id = KeyId::make("key");
  out.key.settings = request;
  out.key.created_by = by.key;
  out.key.stamp.created_us = out.key.stamp.updated_us = wall_now_us();
  if (options.idempotency_key) {
    out.claim.owner = by.key;
    out.claim.idempotency_key = *options.idempotency_key;
    out.claim.fingerprint = fingerprint_of("keys", config::to_json(request));
    out.claim.resource = out.key.id.str();
    out.claim.nonce = random_nonce();
    out.text = hasher_.derive_key_text(out.claim.nonce);
  } else {
    out.text = make_key_text();
  }
  out.hash = hasher_.hash(out.text);
  out.key.hint = key_hint(out.text);
  return out;
}

Task<Result<CreatedKey>> Keys::create(Principal by, CreateKey request, WriteOptions options) {
  CO_TRY(Draft draft, this->draft(by, request, options));
  auto job = [&](Connection& c) -> Result<std::optional<CreatedKey>> {
    TRY_VOID(check_project(c, draft.key.project));
    TRY_VOID(check_people(c, draft.key.project, draft.key.settings));
    if (!draft.claim.idempotency_key.empty()) {
      TRY(const auto earlier, claim(c, draft.claim, draft.key.stamp.created_us));
      if (earlier) {
        TRY(Key key, get_visible(c, by, KeyId(earlier->resource)));
        return std::optional(
            CreatedKey{std::move(key), hasher_.derive_key_text(earlier->nonce), true});
      }
    }
    TRY_VOID(key_store::insert(c, draft.key, draft.hash));
    return std::optional<CreatedKey>();
  };
  CO_TRY(auto replayed, co_await db_.write(std::move(job)));
  CreatedKey created;
  created.replayed = replayed.has_value();
  created.key = replayed ? std::move(replayed->key) : std::move(draft.key);
  created.text = replayed ? std::move(replayed->text) : std::move(draft.text);
  // Nobody has the text yet, so the key cannot spend before its budget stands.
  auto budgeted = co_await give_budget(created.key, request.budget);
  if (!budgeted) {
    if (!created.replayed) CO_TRY_VOID(co_await undo(created.key.id, draft.claim));
    co_return fail(std::move(budgeted).error());
  }
  CO_TRY_VOID(co_await refresher_.refresh());
  created.key.settings.budget = request.budget;
  co_return created;
}

// A repeated request finds the budget that the first one set, or one that was changed since.
Task<Result<void>> Keys::give_budget(const Key& key, const std::optional<KeyBudget>& budget) {
  if (!budget || budget_of(spend(key.id, wall_now_us()))) co_return Result<void>();
  co_return co_await budgets_->set(key.id, budget);
}

Task<Result<void>> Keys::undo(KeyId id, const Claim& claim) {
  auto job = [&](Connection& c) -> Result<void> {
    TRY_VOID(unclaim(c, claim));  // the same request may try again
    return key_store::revoke(c, id, wall_now_us());
  };
  co_return co_await db_.write(std::move(job));
}

Task<Result<Key>> Keys::get(Principal by, KeyId id) {
  if (by.key != id) CO_TRY_VOID(authorise(by, kRead));
  auto job = [&](Connection& c) { return get_visible(c, by, id); };
  CO_TRY(Key key, co_await db_.read(std::move(job)));
  co_return with_budget(std::move(key));
}

Task<Result<Page<Key>>> Keys::list(Principal by, std::optional<ProjectId> project,
                                   ListRequest request) {
  CO_TRY_VOID(authorise(by, kRead));
  if (project || !by.every_project) {
    CO_TRY(project, project_for(by, project));
  }
  auto job = [&](Connection& c) { return key_store::list(c, project, request); };
  CO_TRY(std::vector<Key> keys, co_await db_.read(std::move(job)));
  for (Key& key : keys) key = with_budget(std::move(key));
  co_return page_of(std::move(keys), request);
}

Task<Result<Key>> Keys::patch(Principal by, KeyId id, std::string body, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  auto read = [&](Connection& c) { return get_visible(c, by, id); };
  CO_TRY(Key key, co_await db_.read(std::move(read)));
  CO_TRY_VOID(check_version(key, options));
  key = with_budget(std::move(key));
  const auto budget_before = key.settings.budget;
  CO_TRY(key.settings, config::patch_body<KeySettings>(body, std::move(key.settings)));
  CO_TRY_VOID(check_role(by, key.settings.role));
  const int64_t version = key.stamp.version++;
  key.stamp.updated_us = wall_now_us();
  auto write = [&](Connection& c) -> Result<void> {
    TRY_VOID(check_people(c, key.project, key.settings));
    TRY(const bool updated, key_store::update(c, key, version));
    if (updated) return {};
    TRY(const Key now, get_visible(c, by, id));
    return fail(errors::version_conflict("key", id.view(), version, now.stamp.version));
  };
  CO_TRY_VOID(co_await db_.write(std::move(write)));
  CO_TRY_VOID(co_await refresher_.refresh());
  const bool changed = config::to_json(budget_before) != config::to_json(key.settings.budget);
  if (changed && budgets_) CO_TRY_VOID(co_await budgets_->set(id, key.settings.budget));
  co_return key;
}

Task<Result<void>> Keys::revoke(Principal by, KeyId id, WriteOptions options) {
  CO_TRY_VOID(authorise(by, kWrite));
  if (id.view() == kServerAdminKey) co_return fail(errors::admin_key_fixed());
  auto job = [&](Connection& c) -> Result<void> {
    TRY(const Key key, get_visible(c, by, id));
    TRY_VOID(check_role(by, key.settings.role));
    TRY_VOID(check_version(key, options));
    return key_store::revoke(c, id, wall_now_us());
  };
  CO_TRY_VOID(co_await db_.write(std::move(job)));
  CO_TRY_VOID(co_await refresher_.refresh());
  if (!budgets_) co_return Result<void>();
  // The key is revoked already; a budget that stays behind bounds nothing.
  if (auto removed = co_await budgets_->set(id, std::nullopt); !removed) {
    log::warn("identity", "the budget of the revoked key {} stays: {}", id.view(),
              removed.error().describe());
  }
  co_return Result<void>();
}

std::vector<KeySpend> Keys::spend(const KeyId& id, WallUs now_us) const {
  return budgets_ ? budgets_->spend(id, now_us) : std::vector<KeySpend>();
}

Key Keys::with_budget(Key key) const {
  key.settings.budget = budget_of(spend(key.id, wall_now_us()));
  return key;
}

std::optional<KeyBudget> budget_of(const std::vector<KeySpend>& spend) {
  for (const KeySpend& row : spend) {
    if (row.limit_nano_usd) return KeyBudget{*row.limit_nano_usd, row.period, row.hard};
  }
  return std::nullopt;
}

}  // namespace tandem::identity
