// Who may do what: a permission is a noun and an access ("keys:write"); a principal has it by its
// role, within its project. One table says which role each noun asks for (permissions.cc). Pure.
//   TRY_VOID(identity::authorise(principal, {"keys", Access::Write}, project));
#pragma once

#include <span>
#include <string_view>

#include "base/context.h"
#include "base/result.h"

namespace tandem::identity {

enum class Access : uint8_t { Call, Read, Write, Admin };
std::string_view access_name(Access access);

struct Permission {
  std::string_view noun;  // "keys"
  Access access = Access::Admin;
};

// What a noun asks for. Server: only the admin key of the server (every project).
enum class Needs : uint8_t { User, Editor, Admin, Server };
struct NounRow {
  std::string_view noun;
  Needs read, write, admin;
  std::string_view meaning;
};
std::span<const NounRow> noun_table();
Needs needed_for(Permission permission);

// May `principal` do this in its own project? PermissionDenied names what is missing.
Result<void> authorise(const Principal& principal, Permission permission);
// The same for a thing of `project`. Where it is not the principal's own, the answer is
// PermissionDenied; whoever looks a thing up by id must say NotFound instead (visible()).
Result<void> authorise(const Principal& principal, Permission permission, const ProjectId& project);
// Whether a thing of `project` exists at all as far as `principal` can tell.
bool visible(const Principal& principal, const ProjectId& project);

// The project of a new thing: `asked`, else the principal's own.
Result<ProjectId> project_for(const Principal& principal, const std::optional<ProjectId>& asked);

}  // namespace tandem::identity
