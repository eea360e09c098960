// The names of roles, for JSON, the database and the configuration.
#pragma once

#include <span>

#include "base/config/scalars.h"
#include "base/context.h"

namespace tandem {

inline constexpr config::EnumName<Role> kRoleNames[] = {
    {Role::User, "user", "Calls endpoints, logs runs and traces, reads its project."},
    {Role::Editor, "editor", "Also changes endpoints, prompts and other assets of its project."},
    {Role::Admin, "admin", "Also manages keys, users and budgets of its project."},
};
constexpr auto enum_names(Role) {
  return std::span(kRoleNames);
}

}  // namespace tandem

namespace tandem::identity {

std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);

}  // namespace tandem::identity
