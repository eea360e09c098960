// What Keys promises, on SQLite and on PostgreSQL alike.
#include "identity/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "identity/key_text.h"
#include "identity/testing/identity_fixture.h"

namespace tandem::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class KeysTest : public testing::IdentityTest {
 protected:
  Result<Key> get(const Principal& by, const KeyId& id) {
    return wait(identity_->keys().get(by, id));
  }
  Result<void> revoke(const Principal& by, const KeyId& id, WriteOptions options = {}) {
    return wait(identity_->keys().revoke(by, id, std::move(options)));
  }
  Result<Key> patch(const Principal& by, const KeyId& id, std::string body,
                    WriteOptions options = {}) {
    return wait(identity_->keys().patch(by, id, std::move(body), std::move(options)));
  }
  Result<CreatedKey> create(const Principal& by, CreateKey request, WriteOptions options = {}) {
    return wait(identity_->keys().create(by, std::move(request), std::move(options)));
  }
  Result<Page<Key>> list(const Principal& by, ListRequest request = {},
                         std::optional<ProjectId> project = {}) {
    return wait(identity_->keys().list(by, project, std::move(request)));
  }
  static std::vector<std::string> names(const Page<Key>& page) {
    std::vector<std::string> out;
    for (const Key& key : page.items) out.push_back(key.settings.name);
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Both, KeysTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(KeysTest, ANewKeyWorksAtOnceAndAfterARestart) {
  CreateKey request = named("ci", Role::Editor);
  request.endpoints = {"chat", "embed"};
  const CreatedKey created = make(admin(), request);
  EXPECT_TRUE(is_key_text(created.text));
  for (int run = 0; run < 2; ++run) {
    const auto who = login(created.text);
    ASSERT_TRUE(who) << who.error().describe();
    EXPECT_EQ(who->key, created.key.id);
    EXPECT_EQ(who->key_name, "ci");
    EXPECT_EQ(who->project.view(), "default");
    EXPECT_EQ(who->role, Role::Editor);
    EXPECT_TRUE(who->may_call("chat"));
    EXPECT_FALSE(who->may_call("draft"));
    EXPECT_FALSE(who->every_project);
    restart();
  }
}

TEST_P(KeysTest, ARevokedKeyStopsWithTheAnswer) {
  const CreatedKey created = make(admin(), named("ci"));
  ASSERT_TRUE(login(created.text));
  ASSERT_TRUE(revoke(admin(), created.key.id));
  for (int run = 0; run < 2; ++run) {
    const auto refused = login(created.text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Unauthenticated);
    EXPECT_THAT(refused.error().message, HasSubstr("unknown or was revoked"));
    restart();
  }
  EXPECT_EQ(get(admin(), created.key.id).error().code, Code::NotFound);
  EXPECT_EQ(revoke(admin(), created.key.id).error().code, Code::NotFound);
  EXPECT_TRUE(list(admin())->items.empty());
}

TEST_P(KeysTest, AnotherNodeSeesChangesWhenItRefreshes) {
  auto other_db = db_.open();
  auto other = Identity::open(
      *other_db,
      {.data_dir = folder_.path(), .admin_key = "", .key_secret = "", .budgets = nullptr});
  ASSERT_TRUE(other) << other.error().describe();
  EXPECT_FALSE((*other)->new_admin_key());  // the first node made it
  const auto there = [&](const CreatedKey& key) {
    return (*other)->authenticator().authenticate({.x_api_key = key.text}, 0).has_value();
  };
  const CreatedKey kept = make(admin(), named("kept"));
  const CreatedKey lost = make(admin(), named("lost"));
  EXPECT_FALSE(there(kept));
  ASSERT_TRUE((*other)->refresh_now());
  EXPECT_TRUE(there(kept));
  EXPECT_TRUE(there(lost));
  ASSERT_TRUE(revoke(admin(), lost.key.id));
  ASSERT_TRUE((*other)->refresh_now());
  EXPECT_TRUE(there(kept));
  EXPECT_FALSE(there(lost));
}

TEST_P(KeysTest, ExpiryIsCheckedWithEachRequest) {
  CreateKey request = named("ci");
  request.expires_at = *config::Timestamp::parse("2030-01-01T00:00:00Z");
  const CreatedKey created = make(admin(), request);
  constexpr WallUs kThen = 1'893'456'000'000'000;  // date -u -d 2030-01-01 +%s
  EXPECT_TRUE(login(created.text, kThen - 1));
  const auto refused = login(created.text, kThen);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("expired at 2030-01-01T00:00:00"));
  request.expires_at = *config::Timestamp::parse("1960-01-01T00:00:00Z");
  EXPECT_FALSE(login(make(admin(), request).text));
}

TEST_P(KeysTest, OnlyAHashIsKept) {
  const CreatedKey created = make(admin(), named("ci"), {.idempotency_key = "x", .if_match = {}});
  bool found = false;
  const auto read = db_->read_now([&](store::Connection& c) {
    const auto look = [&](const store::Row& row) {
      for (int i = 0; i < row.columns(); ++i) {
        const auto blob = row.blob(i);
        const std::string_view bytes(reinterpret_cast<const char*>(blob.data()), blob.size());
        found |= bytes.find(created.text) != std::string_view::npos;
        found |= row.text(i).find(created.text.substr(3)) != std::string_view::npos;
      }
      return true;
    };
    auto keys = c.query({"test_keys", "SELECT * FROM keys"}, {}, look);
    if (!keys) return keys;
    return c.query({"test_claims", "SELECT * FROM identity_idempotency"}, {}, look);
  });
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_FALSE(found);
}

TEST_P(KeysTest, ARepeatedCreationAnswersTheSameKey) {
  const WriteOptions options{.idempotency_key = "first", .if_match = {}};
  const CreatedKey first = make(admin(), named("ci"), options);
  restart();
  const CreatedKey again = make(admin(), named("ci"), options);
  EXPECT_EQ(again.key.id, first.key.id);
  EXPECT_EQ(again.text, first.text);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(list(admin())->items.size(), 1u);
  // The same Idempotency-Key for something else is a mistake; of someone else it is another one.
  const auto other = create(admin(), named("cd"), options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().param, "Idempotency-Key");
  const CreatedKey mine = make(principal(Role::Admin), named("ci"), options);
  EXPECT_NE(mine.key.id, first.key.id);
  EXPECT_NE(mine.text, first.text);
}

TEST_P(KeysTest, ABudgetStandsBeforeTheKeyIsKnown) {
  CreateKey request = named("ci");
  request.budget = KeyBudget{1000, BudgetPeriod::Day, true};
  const CreatedKey created = make(admin(), request);
  EXPECT_EQ(budgets_.budgets.at(created.key.id).nano_usd, 1000);
  EXPECT_EQ(get(admin(), created.key.id)->settings.budget->period, BudgetPeriod::Day);
  EXPECT_EQ(identity_->keys().spend(created.key.id, 0)[0].left_nano_usd, 970);
  budgets_.failing = true;
  EXPECT_EQ(create(admin(), request).error().code, Code::StorageFailed);
  EXPECT_EQ(list(admin())->items.size(), 1u);  // no key without the budget that it should have
  budgets_.failing = false;
  ASSERT_TRUE(revoke(admin(), created.key.id));
  EXPECT_TRUE(budgets_.budgets.empty());
}

TEST_P(KeysTest, ACreationThatFailedMayBeRepeated) {
  const WriteOptions options{.idempotency_key = "first", .if_match = {}};
  CreateKey request = named("ci");
  request.budget = KeyBudget{1000, BudgetPeriod::Day, true};
  budgets_.failing = true;
  EXPECT_EQ(wait(identity_->keys().create(admin(), request, options)).error().code,
            Code::StorageFailed);
  budgets_.failing = false;
  const CreatedKey created = make(admin(), request, options);
  EXPECT_TRUE(login(created.text));
  EXPECT_EQ(budgets_.budgets.at(created.key.id).nano_usd, 1000);
}

TEST_P(KeysTest, ARepeatedCreationDoesNotSetTheBudgetBack) {
  const WriteOptions options{.idempotency_key = "first", .if_match = {}};
  CreateKey request = named("ci");
  request.budget = KeyBudget{1000, BudgetPeriod::Day, true};
  const CreatedKey created = make(admin(), request, options);
  budgets_.budgets.at(created.key.id).nano_usd = 50;  // lowered since
  make(admin(), request, options);
  EXPECT_EQ(budgets_.budgets.at(created.key.id).nano_usd, 50);
}

TEST_P(KeysTest, LimitsReachTheLimiter) {
  CreateKey request = named("ci");
  request.limits = KeyLimits{2, {}};
  const CreatedKey created = make(admin(), request);
  restart();
  RateLimits& limits = identity_->rate_limits();
  EXPECT_TRUE(limits.admit(created.key.id, 0, 0));
  EXPECT_TRUE(limits.admit(created.key.id, 0, 0));
  EXPECT_FALSE(limits.admit(created.key.id, 0, 0));
  ASSERT_TRUE(patch(admin(), created.key.id, R"({"limits":{"requests_per_minute":3}})"));
  EXPECT_TRUE(limits.admit(created.key.id, 0, 0));
  ASSERT_TRUE(patch(admin(), created.key.id, R"({"limits":null})"));
  EXPECT_FALSE(limits.states(created.key.id, 0).requests);
}

TEST_P(KeysTest, APatchChangesWhatItNamesAtOnce) {
  CreateKey request = named("ci");
  request.endpoints = {"chat"};
  const CreatedKey created = make(admin(), request);
  const auto changed = patch(admin(), created.key.id, R"({"name":"cd","endpoints":["draft"]})");
  ASSERT_TRUE(changed) << changed.error().describe();
  EXPECT_EQ(changed->stamp.version, 2);
  const auto who = login(created.text);
  EXPECT_EQ(who->key_name, "cd");
  EXPECT_TRUE(who->may_call("draft"));
  EXPECT_FALSE(who->may_call("chat"));
  ASSERT_TRUE(patch(admin(), created.key.id, R"({"endpoints":null})"));
  EXPECT_TRUE(login(created.text)->may_call("chat"));
  EXPECT_EQ(get(admin(), created.key.id)->settings.name, "cd");
  EXPECT_EQ(patch(admin(), created.key.id, R"({"nam":"x"})").error().param, "nam");
  EXPECT_EQ(patch(admin(), created.key.id, R"({"endpoints":[]})").error().param, "endpoints");
}

TEST_P(KeysTest, AStaleVersionIsAConflict) {
  const CreatedKey created = make(admin(), named("ci"));
  const WriteOptions first{.idempotency_key = {}, .if_match = 1};
  ASSERT_TRUE(patch(admin(), created.key.id, R"({"name":"cd"})", first));
  const auto stale = patch(admin(), created.key.id, R"({"name":"ce"})", first);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::VersionConflict);
  EXPECT_THAT(stale.error().message, HasSubstr("has version 2, not 1"));
  EXPECT_EQ(revoke(admin(), created.key.id, first).error().code, Code::VersionConflict);
  EXPECT_TRUE(login(created.text));
  EXPECT_TRUE(revoke(admin(), created.key.id, {.idempotency_key = {}, .if_match = 2}));
}

TEST_P(KeysTest, ListsGoThroughAllPagesInOrder) {
  std::vector<std::string> made;
  for (int i = 0; i < 7; ++i) {
    made.push_back("k" + std::to_string(i));
    make(admin(), named(made.back()));
  }
  for (const Order order : {Order::OldestFirst, Order::NewestFirst}) {
    std::vector<std::string> seen;
    ListParameters parameters{.limit = "3", .cursor = {}, .order = {}, .filter = {}};
    parameters.order = order == Order::OldestFirst ? "created_at" : "-created_at";
    for (int page = 0; page < 3; ++page) {
      const auto answer = list(admin(), *read_list_request(parameters, kKeyFilterFields));
      ASSERT_TRUE(answer) << answer.error().describe();
      for (const std::string& name : names(*answer)) seen.push_back(name);
      EXPECT_EQ(answer->next_cursor.has_value(), page < 2);
      parameters.cursor = answer->next_cursor;
    }
    std::vector<std::string> expected = made;
    if (order == Order::NewestFirst) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(seen, expected);
  }
  ListParameters filtered;
  filtered.filter = "name = k3 and role = user";
  EXPECT_THAT(names(*list(admin(), *read_list_request(filtered, kKeyFilterFields))),
              ElementsAre("k3"));
}

TEST_P(KeysTest, WhatMayNotBeMadeSaysWhichFieldIsWrong) {
  CreateKey nowhere = named("x", Role::User, "nowhere");
  EXPECT_EQ(create(admin(), nowhere).error().param, "project");
  CreateKey nobody = named("x");
  nobody.user = UserId("user_1");
  EXPECT_EQ(create(admin(), nobody).error().param, "user");
  CreateKey no_team = named("x");
  no_team.team = TeamId("team_1");
  EXPECT_EQ(create(admin(), no_team).error().param, "team");
}

// Everything that a key of one project may try against another.
TEST_P(KeysTest, AProjectIsABorderForKeys) {
  make_project("a");
  make_project("b");
  const Principal a = principal(Role::Admin, "a");
  const CreatedKey theirs = make(admin(), named("theirs", Role::User, "b"));
  const KeyId id = theirs.key.id;
  EXPECT_EQ(get(a, id).error().code, Code::NotFound);
  EXPECT_EQ(get(a, id).error().message,
            get(a, KeyId("key_none")).error().message.replace(16, 8, id.str()));
  EXPECT_EQ(patch(a, id, R"({"name":"mine"})").error().code, Code::NotFound);
  EXPECT_EQ(revoke(a, id).error().code, Code::NotFound);
  EXPECT_EQ(create(a, named("x", Role::User, "b")).error().code, Code::PermissionDenied);
  EXPECT_EQ(list(a, {}, ProjectId("b")).error().code, Code::PermissionDenied);
  const auto own = list(a);
  for (const Key& key : own->items) EXPECT_EQ(key.project.view(), "a");
  EXPECT_EQ(own->items.size(), 1u);
  EXPECT_EQ(list(admin(), {}, ProjectId("b"))->items.size(), 1u);
  EXPECT_EQ(list(admin())->items.size(), 2u);
  EXPECT_TRUE(login(theirs.text));
  // A cursor of the other project's list opens nothing.
  ListRequest after;
  after.after = Cursor{INT64_MAX, id.str()};
  const auto behind = list(a, after);
  for (const Key& key : behind->items) EXPECT_EQ(key.project.view(), "a");
  // Nor does someone else's user or team.
  const auto team = wait(identity_->teams().create(admin(),
                                                   [] {
                                                     CreateTeam request;
                                                     request.name = "t";
                                                     request.project = ProjectId("b");
                                                     return request;
                                                   }(),
                                                   {}));
  ASSERT_TRUE(team);
  CreateKey request = named("x");
  request.team = team->id;
  EXPECT_EQ(create(a, request).error().param, "team");
}

TEST_P(KeysTest, NobodyHandsOutMoreThanTheyHave) {
  for (const Role role : {Role::User, Role::Editor}) {
    const Principal who = principal(role);
    EXPECT_EQ(create(who, named("x")).error().code, Code::PermissionDenied);
    EXPECT_EQ(list(who).error().code, Code::PermissionDenied);
    EXPECT_EQ(revoke(who, who.key).error().code, Code::PermissionDenied);
    EXPECT_EQ(patch(who, who.key, R"({"role":"admin"})").error().code, Code::PermissionDenied);
    EXPECT_EQ(get(who, who.key)->id, who.key);  // but each may look at itself
    EXPECT_EQ(get(who, make(admin(), named("y")).key.id).error().code, Code::PermissionDenied);
  }
  const Principal project_admin = principal(Role::Admin);
  EXPECT_TRUE(create(project_admin, named("x", Role::Admin)));
  EXPECT_FALSE(login(make(project_admin, named("x", Role::Admin)).text)->every_project);
  EXPECT_EQ(revoke(project_admin, KeyId(kServerAdminKey)).error().code, Code::InvalidArgument);
  EXPECT_TRUE(login(admin_text_));
}

TEST_P(KeysTest, LastUseIsKeptNowAndThen) {
  const CreatedKey created = make(admin(), named("ci"));
  ASSERT_TRUE(identity_->store_last_used_now());
  EXPECT_EQ(get(admin(), created.key.id)->last_used_us, std::nullopt);
  ASSERT_TRUE(login(created.text, 5'000'000));
  ASSERT_TRUE(identity_->store_last_used_now());
  EXPECT_EQ(get(admin(), created.key.id)->last_used_us, 5'000'000);
  EXPECT_EQ(get(admin(), created.key.id)->stamp.version, 1);
}

}  // namespace
}  // namespace tandem::identity
