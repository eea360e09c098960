#include "identity/permissions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/roles.h"

namespace tandem::identity {
namespace {

using testing::HasSubstr;

Principal principal(Role role, std::string_view project = "a") {
  Principal out;
  out.key = KeyId("key_1");
  out.key_name = "ci";
  out.project = ProjectId(project);
  out.role = role;
  return out;
}

Principal server_admin() {
  Principal out = principal(Role::Admin, "default");
  out.every_project = true;
  return out;
}

bool may(Role role, std::string_view noun, Access access) {
  return authorise(principal(role), {noun, access}).has_value();
}

// Written from the meaning of the roles (roles.h), not from the table.
TEST(Permissions, UsersCallAndLogAndReadTheirProject) {
  for (std::string_view noun : {"models", "endpoints", "anything"}) {
    EXPECT_TRUE(may(Role::User, noun, Access::Call)) << noun;
  }
  for (std::string_view noun : {"runs", "traces", "scores", "experiments"}) {
    EXPECT_TRUE(may(Role::User, noun, Access::Write)) << noun;
  }
  for (std::string_view noun : {"endpoints", "ledger", "budgets", "prompts"}) {
    EXPECT_TRUE(may(Role::User, noun, Access::Read)) << noun;
    EXPECT_FALSE(may(Role::User, noun, Access::Write)) << noun;
  }
  for (std::string_view noun : {"keys", "users", "audit"}) {
    EXPECT_FALSE(may(Role::User, noun, Access::Read)) << noun;
    EXPECT_FALSE(may(Role::User, noun, Access::Write)) << noun;
  }
}

TEST(Permissions, EditorsChangeAssetsButNotPeopleOrMoney) {
  for (std::string_view noun : {"endpoints", "prompts", "monitors"}) {
    EXPECT_TRUE(may(Role::Editor, noun, Access::Write)) << noun;
  }
  for (std::string_view noun : {"keys", "users", "budgets", "providers", "prices", "projects"}) {
    EXPECT_FALSE(may(Role::Editor, noun, Access::Write)) << noun;
  }
}

TEST(Permissions, AdministratorsOfAProjectStopAtItsBorder) {
  for (std::string_view noun : {"keys", "users", "budgets", "endpoints"}) {
    EXPECT_TRUE(may(Role::Admin, noun, Access::Admin)) << noun;
  }
  for (std::string_view noun : {"projects", "providers", "prices", "settings"}) {
    EXPECT_FALSE(may(Role::Admin, noun, Access::Write)) << noun;
    EXPECT_TRUE(authorise(server_admin(), {noun, Access::Admin})) << noun;
  }
}

TEST(Permissions, RefusalsSayWhatIsMissing) {
  const auto refused = authorise(principal(Role::User), {"keys", Access::Write});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PermissionDenied);
  EXPECT_EQ(refused.error().message,
            "keys:write needs the role admin; the key ci has the role user.");
  EXPECT_THAT(authorise(principal(Role::Admin), {"prices", Access::Write}).error().message,
              HasSubstr("admin key of the server"));
  EXPECT_EQ(authorise(Principal(), {"runs", Access::Read}).error().code, Code::Unauthenticated);
}

TEST(Permissions, AProjectIsABorder) {
  const Principal a = principal(Role::Admin, "a");
  EXPECT_TRUE(authorise(a, {"keys", Access::Write}, ProjectId("a")));
  EXPECT_EQ(authorise(a, {"keys", Access::Write}, ProjectId("b")).error().code,
            Code::PermissionDenied);
  EXPECT_FALSE(visible(a, ProjectId("b")));
  EXPECT_FALSE(visible(Principal(), ProjectId()));
  EXPECT_TRUE(visible(server_admin(), ProjectId("b")));
  EXPECT_EQ(project_for(a, std::nullopt)->view(), "a");
  EXPECT_EQ(project_for(a, ProjectId("a"))->view(), "a");
  EXPECT_FALSE(project_for(a, ProjectId("b")));
  EXPECT_EQ(project_for(server_admin(), ProjectId("b"))->view(), "b");
}

TEST(Permissions, RolesHaveNames) {
  for (Role role : {Role::User, Role::Editor, Role::Admin}) {
    EXPECT_EQ(parse_role(role_name(role)), role);
  }
  EXPECT_EQ(parse_role("root"), std::nullopt);
}

}  // namespace
}  // namespace tandem::identity
