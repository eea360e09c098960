// Start-up, projects and people, on SQLite and on PostgreSQL alike.
#include "identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "identity/key_text.h"
#include "identity/secret_file.h"
#include "identity/testing/identity_fixture.h"

namespace tandem::identity {
namespace {

using ::testing::HasSubstr;

class IdentityContract : public testing::IdentityTest {
 protected:
  Result<std::unique_ptr<Identity>> open_with(IdentityOptions options) {
    if (options.data_dir.empty()) options.data_dir = folder_.path();
    return Identity::open(*db_, options);
  }
  User make_user(std::string name, Role role) {
    CreateUser request;
    request.name = std::move(name);
    request.role = role;
    auto made = wait(identity_->users().create(admin(), request, {}));
    EXPECT_TRUE(made) << made.error().describe();
    return made.value_or(User());
  }
};

INSTANTIATE_TEST_SUITE_P(Both, IdentityContract, store::testing::both_databases(),
                         store::testing::dialect_name);

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST_P(IdentityContract, TheFirstStartMakesAnAdminKeyAndLaterOnesKeepIt) {
  ASSERT_TRUE(is_key_text(admin_text_));
  EXPECT_EQ(mode_of(folder_ / "admin.key"), 0600u);
  EXPECT_EQ(mode_of(folder_ / "key.secret"), 0600u);
  const Principal who = admin();
  EXPECT_TRUE(who.every_project);
  EXPECT_EQ(who.role, Role::Admin);
  EXPECT_TRUE(who.may_call("anything"));
  restart();
  EXPECT_FALSE(identity_->new_admin_key());
  EXPECT_TRUE(login(admin_text_));
}

TEST_P(IdentityContract, TheEnvironmentSetsTheAdminKey) {
  const std::string text = "0123456789abcdef";
  const auto opened = open_with({.data_dir = "", .admin_key = text});
  ASSERT_TRUE(opened) << opened.error().describe();
  EXPECT_FALSE((*opened)->new_admin_key());
  EXPECT_TRUE((*opened)->authenticator().authenticate({.api_key = text}, 0));
  EXPECT_FALSE((*opened)->authenticator().authenticate({.api_key = admin_text_}, 0));
  for (const char* weak : {"short", "has a blank in the middle", "0123456789abcde"}) {
    EXPECT_EQ(open_with({.data_dir = "", .admin_key = weak}).error().param, "TANDEM_ADMIN_KEY");
  }
}

TEST_P(IdentityContract, ASecretThatIsNotTheDatabasesOwnIsRefused) {
  store::testing::TempFolder other;
  const auto opened = open_with({.data_dir = other.path()});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().describe(), HasSubstr("were not made with the secret in"));
  const auto shared = open_with({.data_dir = other.path(), .key_secret = std::string(64, 'a')});
  EXPECT_FALSE(shared);
  EXPECT_THAT(open_with({.data_dir = other.path(), .key_secret = "abc"}).error().message,
              HasSubstr("64 hexadecimal digits"));
}

TEST_P(IdentityContract, ProjectsAreManagedByTheAdminKeyAndSeenByTheirOwn) {
  make_project("a");
  make_project("b");
  const Principal a = principal(Role::Admin, "a");
  Projects& projects = identity_->projects();
  EXPECT_EQ(wait(projects.get(a, ProjectId("a")))->id.view(), "a");
  EXPECT_EQ(wait(projects.get(a, ProjectId("b"))).error().code, Code::NotFound);
  EXPECT_EQ(wait(projects.list(a, {}))->items.size(), 1u);
  EXPECT_EQ(wait(projects.list(admin(), {}))->items.size(), 3u);
  EXPECT_EQ(wait(projects.create(a, {"c", ""}, {})).error().code, Code::PermissionDenied);
  EXPECT_EQ(wait(projects.create(admin(), {"a", ""}, {})).error().code, Code::AlreadyExists);
  EXPECT_EQ(wait(projects.remove(a, ProjectId("a"), {})).error().code, Code::PermissionDenied);
  EXPECT_THAT(wait(projects.remove(admin(), ProjectId("a"), {})).error().message,
              HasSubstr("still used by 1 key"));
  EXPECT_FALSE(wait(projects.remove(admin(), ProjectId("default"), {})));
  ASSERT_TRUE(wait(identity_->keys().revoke(admin(), a.key, {})));
  EXPECT_TRUE(wait(projects.remove(admin(), ProjectId("a"), {})));
  EXPECT_EQ(wait(projects.get(admin(), ProjectId("a"))).error().code, Code::NotFound);
  const auto changed =
      wait(projects.patch(admin(), ProjectId("b"), R"({"description":"support"})", {}));
  EXPECT_EQ(changed->description, "support");
  EXPECT_EQ(changed->stamp.version, 2);
  EXPECT_EQ(wait(projects.patch(admin(), ProjectId("b"), R"({"name":"c"})", {})).error().param,
            "name");
}

TEST_P(IdentityContract, ARepeatedCreationOfAProjectAnswersTheFirst) {
  const WriteOptions options{.idempotency_key = "once", .if_match = {}};
  const ProjectSettings request{"a", "x"};
  ASSERT_TRUE(wait(identity_->projects().create(admin(), request, options)));
  EXPECT_TRUE(wait(identity_->projects().create(admin(), request, options)));
  EXPECT_EQ(wait(identity_->projects().create(admin(), request, {})).error().code,
            Code::AlreadyExists);
}

TEST_P(IdentityContract, WhatTheFileDeclaresIsReadOnly) {
  Projects& projects = identity_->projects();
  ASSERT_TRUE(projects.declare({{"a", "from the file"}, {"default", ""}}));
  EXPECT_EQ(wait(projects.get(admin(), ProjectId("a")))->origin, Origin::File);
  EXPECT_THAT(wait(projects.remove(admin(), ProjectId("a"), {})).error().message,
              HasSubstr("declared in the configuration file"));
  EXPECT_FALSE(wait(projects.patch(admin(), ProjectId("a"), R"({"description":"x"})", {})));
  ASSERT_TRUE(projects.declare({{"a", "changed"}, {"default", ""}}));
  EXPECT_EQ(wait(projects.get(admin(), ProjectId("a")))->description, "changed");
  EXPECT_EQ(wait(projects.get(admin(), ProjectId("default")))->description,
            "Where keys without a project belong.");
  ASSERT_TRUE(projects.declare({}));
  EXPECT_TRUE(wait(projects.remove(admin(), ProjectId("a"), {})));
}

TEST_P(IdentityContract, TheAdminKeyEntersProjectsAndOthersStayInTheirs) {
  make_project("a");
  Principal who = admin();
  EXPECT_TRUE(identity_->enter_project(who, ""));
  EXPECT_EQ(who.project.view(), "default");
  EXPECT_TRUE(identity_->enter_project(who, "a"));
  EXPECT_EQ(who.project.view(), "a");
  EXPECT_EQ(identity_->enter_project(who, "nowhere").error().code, Code::NotFound);
  Principal other = principal(Role::Admin);
  EXPECT_EQ(identity_->enter_project(other, "a").error().code, Code::PermissionDenied);
  EXPECT_TRUE(identity_->enter_project(other, "default"));
}

TEST_P(IdentityContract, AUsersKeysDoNoMoreThanTheUser) {
  const User user = make_user("ada", Role::Editor);
  CreateKey request = named("x", Role::Admin);
  request.user = user.id;
  EXPECT_EQ(wait(identity_->keys().create(admin(), request, {})).error().code,
            Code::PermissionDenied);
  request.role = Role::Editor;
  const CreatedKey key = make(admin(), request);
  EXPECT_EQ(login(key.text)->user, user.id);
  ASSERT_TRUE(wait(identity_->users().patch(admin(), user.id, R"({"role":"user"})", {})));
  EXPECT_EQ(login(key.text)->role, Role::User);
  EXPECT_EQ(wait(identity_->users().get(*login(key.text), user.id))->settings.name, "ada");
  ASSERT_TRUE(wait(identity_->users().remove(admin(), user.id, {})));
  EXPECT_FALSE(login(key.text));
}

TEST_P(IdentityContract, ATeamThatIsUsedStays) {
  CreateTeam request;
  request.name = "support";
  const auto team = wait(identity_->teams().create(admin(), request, {}));
  ASSERT_TRUE(team) << team.error().describe();
  CreateUser user;
  user.name = "ada";
  user.team = team->id;
  const auto ada = wait(identity_->users().create(admin(), user, {}));
  ASSERT_TRUE(ada) << ada.error().describe();
  EXPECT_THAT(wait(identity_->teams().remove(admin(), team->id, {})).error().message,
              HasSubstr("still used by 1 user"));
  ASSERT_TRUE(wait(identity_->users().remove(admin(), ada->id, {})));
  EXPECT_TRUE(wait(identity_->teams().remove(admin(), team->id, {})));
}

TEST_P(IdentityContract, PeopleOfAnotherProjectDoNotExist) {
  make_project("b");
  const Principal b = principal(Role::Admin, "b");
  const User ada = make_user("ada", Role::User);
  EXPECT_EQ(wait(identity_->users().get(b, ada.id)).error().code, Code::NotFound);
  EXPECT_EQ(wait(identity_->users().patch(b, ada.id, "{}", {})).error().code, Code::NotFound);
  EXPECT_EQ(wait(identity_->users().remove(b, ada.id, {})).error().code, Code::NotFound);
  EXPECT_TRUE(wait(identity_->users().list(b, {}, {}))->items.empty());
  EXPECT_EQ(wait(identity_->users().list(b, ProjectId("default"), {})).error().code,
            Code::PermissionDenied);
  EXPECT_EQ(wait(identity_->users().list(principal(Role::Editor), {}, {})).error().code,
            Code::PermissionDenied);
}

TEST(SecretFile, IsMadeOnceWhateverRaces) {
  store::testing::TempFolder folder;
  const std::string path = folder / "s";
  std::atomic<int> next{0};
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto file = read_or_create_secret(path, [&] { return "s" + std::to_string(++next); });
      seen[t] = file ? file->content : file.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& content : seen) EXPECT_EQ(content, seen[0]);
  EXPECT_EQ(seen[0].substr(0, 1), "s");
}

TEST(SecretFile, SaysWhatIsWrong) {
  store::testing::TempFolder folder;
  std::ofstream(folder / "empty") << "\n";
  EXPECT_THAT(read_or_create_secret(folder / "empty", [] { return "x"; }).error().message,
              HasSubstr("is empty"));
  EXPECT_EQ(read_or_create_secret(folder / "no/such", [] { return "x"; }).error().code,
            Code::StorageFailed);
}

}  // namespace
}  // namespace tandem::identity
