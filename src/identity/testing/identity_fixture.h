// An Identity over an empty database of either kind, with budgets in memory, and what tests need to
// drive it: waiting for tasks, keys of every role, logging in. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/async/io_threads.h"
#include "identity/identity.h"
#include "identity/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::identity::testing {

// Keeps budgets as cost would.
class FakeBudgets : public KeyBudgets {
 public:
  Task<Result<void>> set(KeyId key, std::optional<KeyBudget> budget) override {
    if (failing) co_return fail(Code::StorageFailed, "The budgets cannot be written.");
    ++sets;
    budget ? static_cast<void>(budgets[key] = *budget) : static_cast<void>(budgets.erase(key));
    co_return Result<void>();
  }
  std::vector<KeySpend> spend(const KeyId& key, WallUs) const override {
    const auto found = budgets.find(key);
    if (found == budgets.end()) return {};
    KeySpend row;
    row.period = found->second.period;
    row.limit_nano_usd = found->second.nano_usd;
    row.hard = found->second.hard;
    row.settled_nano_usd = 30;
    row.left_nano_usd = found->second.nano_usd - 30;
    return {row};
  }

  std::map<KeyId, KeyBudget> budgets;
  int sets = 0;
  bool failing = false;
};

class IdentityTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  IdentityTest() : db_(GetParam()) {
    threads_.start();
    const auto migrated = store::migrate(*db_, migrations());
    EXPECT_TRUE(migrated) << migrated.error().describe();
    open();
  }
  ~IdentityTest() override { threads_.stop(); }

  void open() {
    auto opened = Identity::open(
        *db_,
        {.data_dir = folder_.path(), .admin_key = "", .key_secret = "", .budgets = &budgets_});
    ASSERT_TRUE(opened) << opened.error().describe();
    identity_ = *std::move(opened);
    if (identity_->new_admin_key()) admin_text_ = *identity_->new_admin_key();
  }
  // As after the end of the process.
  void restart() {
    identity_.reset();
    db_.reopen();
    open();
  }

  // Runs `task` on the io thread to its end.
  template <class T>
  Result<T> wait(Task<Result<T>> task) {
    std::optional<Result<T>> answer;
    threads_.run_task(0, [&](IoThread&) -> Task<void> { return keep(std::move(task), answer); });
    return *std::move(answer);
  }

  Result<Principal> login(std::string_view text, WallUs now_us = wall_now_us()) {
    return identity_->authenticator().authenticate({.x_api_key = text}, now_us);
  }
  Principal admin() { return *login(admin_text_); }

  CreatedKey make(const Principal& by, CreateKey request, WriteOptions options = {}) {
    auto created = wait(identity_->keys().create(by, std::move(request), std::move(options)));
    EXPECT_TRUE(created) << created.error().describe();
    return created.value_or(CreatedKey());
  }
  static CreateKey named(std::string name, Role role = Role::User,
                         std::optional<std::string> project = {}) {
    CreateKey request;
    request.name = std::move(name);
    request.role = role;
    if (project) request.project = ProjectId(*project);
    return request;
  }
  // The principal of a new key.
  Principal principal(Role role, std::optional<std::string> project = {}) {
    return *login(make(admin(), named("p", role, std::move(project))).text);
  }
  void make_project(std::string name) {
    const auto made = wait(identity_->projects().create(admin(), {std::move(name), ""}, {}));
    EXPECT_TRUE(made) << made.error().describe();
  }

  store::testing::TempFolder folder_;
  store::testing::TestDb db_;
  FakeBudgets budgets_;
  IoThreads threads_{1};
  std::unique_ptr<Identity> identity_;
  std::string admin_text_;

 private:
  template <class T>
  static Task<void> keep(Task<Result<T>> task, std::optional<Result<T>>& answer) {
    answer = co_await std::move(task);
  }
};

}  // namespace tandem::identity::testing
