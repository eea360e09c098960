#include "identity/identity.h"

#include <algorithm>

#include "identity/errors.h"
#include "identity/facts.h"
#include "identity/key_store.h"
#include "identity/key_text.h"
#include "identity/permissions.h"
#include "identity/secret_file.h"

namespace tandem::identity {
namespace {

constexpr size_t kShortestAdminKey = 16;

bool strong_enough(std::string_view key) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  return key.size() >= kShortestAdminKey && key.size() <= kMaxKeyBytes &&
         std::all_of(key.begin(), key.end(), visible);
}

Result<std::unique_ptr<KeyHasher>> open_hasher(const IdentityOptions& options) {
  if (options.key_secret.empty()) return KeyHasher::open(options.data_dir + "/key.secret");
  return KeyHasher::from_hex(options.key_secret, "The key secret");
}

}  // namespace

Identity::Identity(store::Db& db, std::unique_ptr<KeyHasher> hasher, KeyBudgets* budgets)
    : db_(db),
      hasher_(std::move(hasher)),
      call_limits_(db, rate_limits_),
      refresher_(db, table_, rate_limits_),
      authenticator_(table_, *hasher_),
      keys_(db, *hasher_, refresher_, budgets),
      projects_(db, refresher_),
      teams_(db),
      users_(db, refresher_) {}

Result<std::unique_ptr<Identity>> Identity::open(store::Db& db, IdentityOptions options) {
  TRY(auto hasher, open_hasher(options));
  TRY_VOID(check_key_secret(db, hasher->fingerprint(), options.data_dir + "/key.secret"));
  std::unique_ptr<Identity> identity(new Identity(db, std::move(hasher), options.budgets));
  TRY_VOID(identity->refresher_.refresh_now());
  TRY_VOID(identity->call_limits_.load(options.used_since, wall_now_us()));
  TRY_VOID(identity->add_admin_key(options));
  return identity;
}

Result<void> Identity::add_admin_key(const IdentityOptions& options) {
  std::string text = options.admin_key;
  if (text.empty()) {
    TRY(SecretFile file, read_or_create_secret(options.data_dir + "/admin.key", make_key_text));
    if (file.created) new_admin_key_ = file.content;
    text = std::move(file.content);
  }
  if (!strong_enough(text)) return fail(errors::weak_admin_key());
  KeyEntry entry;
  entry.hash = hasher_->hash(text);
  entry.principal.key = KeyId(kServerAdminKey);
  entry.principal.key_name = "admin key";
  entry.principal.project = ProjectId(kDefaultProject);
  entry.principal.role = Role::Admin;
  entry.principal.every_project = true;
  table_.apply({KeyTable::Change{KeyId(kServerAdminKey), 0, std::move(entry)}});
  return {};
}

Result<void> Identity::enter_project(Principal& principal, std::string_view project) const {
  if (project.empty()) return {};
  TRY(const ProjectId id, ProjectId::parse(project));
  if (!visible(principal, id)) return fail(errors::other_project(principal, id));
  if (!refresher_.project_exists(id)) return fail(errors::not_found("project", project));
  principal.project = id;
  return {};
}

Result<void> Identity::refresh_now() {
  TRY_VOID(refresher_.refresh_now());
  return call_limits_.refresh_now(wall_now_us());
}

Result<void> Identity::store_last_used_now() {
  const auto times = table_.take_used();
  if (times.empty()) return {};
  return db_.write_now([&](store::Connection& c) { return key_store::set_last_used(c, times); });
}

}  // namespace tandem::identity
