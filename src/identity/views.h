// What the API answers, as described structs: their JSON and their schema come from one
// description. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/key_budgets.h"
#include "identity/types.h"

namespace tandem::identity {

struct StampView {
  config::Timestamp created_at;
  config::Timestamp updated_at;
  int64_t version = 1;

  explicit StampView(const Stamp& stamp)
      : created_at{stamp.created_us}, updated_at{stamp.updated_us}, version(stamp.version) {}
  StampView() = default;

  template <class V>
  static void describe(V& v) {
    v.field("created_at", &StampView::created_at, "When it was made.");
    v.field("updated_at", &StampView::updated_at, "When it was last changed.");
    v.field("version", &StampView::version, "Counts changes; for If-Match.");
  }
};

struct SpendView {
  BudgetPeriod period = BudgetPeriod::Month;
  std::optional<int64_t> limit_nano_usd;
  bool hard = true;
  int64_t settled_nano_usd = 0;
  int64_t reserved_nano_usd = 0;
  std::optional<int64_t> left_nano_usd;
  std::optional<config::Timestamp> resets_at;

  template <class V>
  static void describe(V& v) {
    v.field("period", &SpendView::period, "What the sums are of.");
    v.field("limit_nano_usd", &SpendView::limit_nano_usd, "The limit, where there is one.");
    v.field("hard", &SpendView::hard, "Whether calls beyond it are refused.");
    v.field("settled_nano_usd", &SpendView::settled_nano_usd, "Cost of ended calls.");
    v.field("reserved_nano_usd", &SpendView::reserved_nano_usd, "Set aside for running calls.");
    v.field("left_nano_usd", &SpendView::left_nano_usd, "Of the limit.");
    v.field("resets_at", &SpendView::resets_at, "When the period ends.");
  }
};

struct KeyView : KeySettings, StampView {
  KeyId id;
  ProjectId project;
  std::string hint;
  KeyId created_by;
  std::optional<config::Timestamp> last_used_at;
  std::vector<SpendView> spend;
  std::optional<std::string> key;

  KeyView() = default;
  explicit KeyView(const Key& key, const std::vector<KeySpend>& spend = {});

  template <class V>
  static void describe(V& v) {
    v.field("id", &KeyView::id, "Its id.");
    KeySettings::describe(v);
    v.field("project", &KeyView::project, "The project that it belongs to.");
    v.field("hint", &KeyView::hint, "The end of the key, to tell keys apart.");
    v.field("created_by", &KeyView::created_by, "The key that made it.");
    v.field("last_used_at", &KeyView::last_used_at, "When it was last used, within a minute.");
    v.field("spend", &KeyView::spend, "What it spent in each period; only when one key is shown.");
    v.field("key", &KeyView::key, "The key itself; only in the answer that makes it.");
    StampView::describe(v);
  }
};

struct ProjectView : StampView {
  ProjectId id;
  std::string description;
  Origin declared_by = Origin::Api;

  ProjectView() = default;
  explicit ProjectView(const Project& project);

  template <class V>
  static void describe(V& v) {
    v.field("id", &ProjectView::id, "Its id.");
    v.field("name", &ProjectView::id, "The same.");
    v.field("project", &ProjectView::id, "The same.");
    v.field("description", &ProjectView::description, "What it is for.");
    v.field("declared_by", &ProjectView::declared_by, "Where it is managed.");
    StampView::describe(v);
  }
};

struct TeamView : StampView {
  TeamId id;
  ProjectId project;
  std::string name;

  TeamView() = default;
  explicit TeamView(const Team& team);

  template <class V>
  static void describe(V& v) {
    v.field("id", &TeamView::id, "Its id.");
    v.field("name", &TeamView::name, "For people.");
    v.field("project", &TeamView::project, "The project that it belongs to.");
    StampView::describe(v);
  }
};

struct UserView : StampView {
  UserId id;
  ProjectId project;
  std::string name;
  std::string email;
  Role role = Role::User;
  TeamId team;

  UserView() = default;
  explicit UserView(const User& user);

  template <class V>
  static void describe(V& v) {
    v.field("id", &UserView::id, "Their id.");
    v.field("name", &UserView::name, "For people.");
    v.field("project", &UserView::project, "The project that they belong to.");
    v.field("email", &UserView::email, "Their mail address.");
    v.field("role", &UserView::role, "What their keys may do at most.");
    v.field("team", &UserView::team, "The team that they belong to.");
    StampView::describe(v);
  }
};

template <class V>
struct PageView {
  std::vector<V> data;
  std::optional<std::string> next_cursor;

  template <class B>
  static void describe(B& v) {
    v.field("data", &PageView::data, "The page, at most `limit` of them.");
    v.field("next_cursor", &PageView::next_cursor, "For the next page; null at the end.");
  }
};

}  // namespace tandem::identity
