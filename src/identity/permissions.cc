#include "identity/permissions.h"

#include <algorithm>
#include <array>

#include "identity/errors.h"
#include "identity/roles.h"

namespace tandem::identity {
namespace {

using enum Needs;

// A noun that is not listed: everybody reads, editors write, admins administer.
constexpr NounRow kOther{"*", User, Editor, Admin, "Every other noun."};

// clang-format off
constexpr std::array kNouns{
  // What applications log while they run.
  NounRow{"runs", User, User, Admin, "Runs, their metrics, parameters and artifacts."},
  NounRow{"experiments", User, User, Admin, "Experiments."},
  NounRow{"artifacts", User, User, Admin, "Files of runs and models."},
  NounRow{"models", User, User, Admin, "Registered models and their versions."},
  NounRow{"traces", User, User, Admin, "Traces and spans."},
  NounRow{"sessions", User, User, Admin, "Sessions of traces."},
  NounRow{"scores", User, User, Admin, "Scores of traces, outputs and versions."},
  NounRow{"files", User, User, Admin, "Uploaded files."},
  NounRow{"datasets", User, User, Admin, "Datasets and their items."},
  // Who belongs to the project and what it may spend.
  NounRow{"keys", Admin, Admin, Admin, "Keys of the project."},
  NounRow{"users", Admin, Admin, Admin, "Users of the project."},
  NounRow{"teams", Admin, Admin, Admin, "Teams of the project."},
  NounRow{"audit", Admin, Admin, Admin, "The audit log of the project."},
  NounRow{"budgets", User, Admin, Admin, "Budgets of the project and below."},
  NounRow{"limits", User, Server, Server, "Limits of requests and tokens."},
  NounRow{"webhooks", Admin, Admin, Admin, "Webhooks of the project and what they were sent."},
  NounRow{"ledger", User, Server, Server, "What calls consumed."},
  // What all projects share.
  NounRow{"projects", User, Server, Server, "Projects."},
  NounRow{"providers", Editor, Server, Server, "Providers and their secrets' references."},
  NounRow{"prices", User, Server, Server, "Prices of models."},
  NounRow{"settings", Server, Server, Server, "The server's configuration."},
  NounRow{"server", Server, Server, Server, "The server itself: pools, nodes, statistics."},
};
// clang-format on

Needs needed_of(Role role) {
  switch (role) {
    case Role::User:
      return User;
    case Role::Editor:
      return Editor;
    case Role::Admin:
      return Admin;
  }
  return User;
}

}  // namespace

std::string_view role_name(Role role) {
  for (const auto& row : kRoleNames) {
    if (row.value == role) return row.name;
  }
  return "user";
}

std::optional<Role> parse_role(std::string_view name) {
  for (const auto& row : kRoleNames) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

std::string_view access_name(Access access) {
  switch (access) {
    case Access::Call:
      return "call";
    case Access::Read:
      return "read";
    case Access::Write:
      return "write";
    case Access::Admin:
      return "admin";
  }
  return "admin";
}

std::span<const NounRow> noun_table() {
  return kNouns;
}

Needs needed_for(Permission permission) {
  if (permission.access == Access::Call) return User;
  const auto found = std::find_if(kNouns.begin(), kNouns.end(),
                                  [&](const NounRow& row) { return row.noun == permission.noun; });
  const NounRow& row = found == kNouns.end() ? kOther : *found;
  switch (permission.access) {
    case Access::Call:
      return User;
    case Access::Read:
      return row.read;
    case Access::Write:
      return row.write;
    case Access::Admin:
      return row.admin;
  }
  return Server;
}

Result<void> authorise(const Principal& principal, Permission permission) {
  if (!principal.authenticated()) return fail(errors::no_key());
  if (principal.every_project) return {};
  const Needs needed = needed_for(permission);
  if (needed != Server && needed_of(principal.role) >= needed) return {};
  return fail(errors::role_too_low(principal, permission, needed));
}

Result<void> authorise(const Principal& principal, Permission permission,
                       const ProjectId& project) {
  TRY_VOID(authorise(principal, permission));
  if (visible(principal, project)) return {};
  return fail(errors::other_project(principal, project));
}

bool visible(const Principal& principal, const ProjectId& project) {
  return principal.every_project || (!project.empty() && principal.project == project);
}

Result<ProjectId> project_for(const Principal& principal, const std::optional<ProjectId>& asked) {
  if (!asked || asked->empty()) return principal.project;
  if (!visible(principal, *asked)) return fail(errors::other_project(principal, *asked));
  return *asked;
}

}  // namespace tandem::identity
