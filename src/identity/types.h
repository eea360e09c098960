// The nouns of identity as described structs: what the API reads and writes and the store keeps.
// Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config/describe.h"
#include "base/config/units.h"
#include "base/context.h"
#include "identity/rate_limits.h"
#include "identity/roles.h"

namespace tandem::identity {

// What the configuration file declares is read-only in the API.
enum class Origin : uint8_t { Api, File };
inline constexpr config::EnumName<Origin> kOriginNames[] = {
    {Origin::Api, "api", "Made through the API."},
    {Origin::File, "file", "Declared in the configuration file; read-only here."},
};
constexpr auto enum_names(Origin) {
  return std::span(kOriginNames);
}

enum class BudgetPeriod : uint8_t { Day, Month, Total };
inline constexpr config::EnumName<BudgetPeriod> kBudgetPeriodNames[] = {
    {BudgetPeriod::Day, "day", "Starts anew at midnight UTC."},
    {BudgetPeriod::Month, "month", "Starts anew on the first of the month, UTC."},
    {BudgetPeriod::Total, "total", "Never starts anew."},
};
constexpr auto enum_names(BudgetPeriod) {
  return std::span(kBudgetPeriodNames);
}

// What a key may spend. Kept by cost; see key_budgets.h.
struct KeyBudget {
  int64_t nano_usd = 0;
  BudgetPeriod period = BudgetPeriod::Month;
  bool hard = true;

  template <class V>
  static void describe(V& v) {
    v.field("nano_usd", &KeyBudget::nano_usd, "Limit in billionths of a US dollar.")
        .range(0, 1'000'000'000'000'000'000)
        .required();
    v.field("period", &KeyBudget::period, "When spending starts anew.").required();
    v.field("hard", &KeyBudget::hard, "Whether calls beyond it are refused, not only reported.");
  }
};

// What may be changed of a key after it was made; the body of PATCH is read over it.
struct KeySettings {
  std::string name;
  Role role = Role::User;
  std::optional<std::vector<std::string>> endpoints;  // absent: all of the project
  std::optional<config::Timestamp> expires_at;
  std::optional<KeyBudget> budget;
  std::optional<KeyLimits> limits;
  UserId user;  // empty: a service key
  TeamId team;  // empty: none

  template <class V>
  static void describe(V& v) {
    v.field("name", &KeySettings::name, "For people.").required().check(check_name);
    v.field("role", &KeySettings::role, "What the key may do.");
    v.field("endpoints", &KeySettings::endpoints,
            "Endpoints that it may call. Absent: all of its project.")
        .check(check_endpoints);
    v.field("expires_at", &KeySettings::expires_at, "When it stops working. Absent: never.");
    v.field("budget", &KeySettings::budget, "What it may spend. Absent: no limit of its own.");
    v.field("limits", &KeySettings::limits, "How often it may call. Absent: no limit.");
    v.field("user", &KeySettings::user, "The user that it acts for. Absent: a service key.");
    v.field("team", &KeySettings::team, "The team that its spending counts for.");
  }
  static Result<void> check_name(const std::string& name);
  static Result<void> check_endpoints(const std::vector<std::string>& endpoints);
};

struct CreateKey : KeySettings {
  std::optional<ProjectId> project;  // absent: the caller's

  template <class V>
  static void describe(V& v) {
    KeySettings::describe(v);
    v.field("project", &CreateKey::project, "The project that it belongs to.");
  }
};

// What every resource has.
struct Stamp {
  WallUs created_us = 0;
  WallUs updated_us = 0;
  int64_t version = 1;
};

struct Key {
  KeyId id;
  ProjectId project;
  KeySettings settings;  // the budget is not kept here
  std::string hint;      // tk-…wxyz
  KeyId created_by;
  Stamp stamp;
  std::optional<WallUs> last_used_us;
};

// The answer of a creation: the only time that the key itself is shown.
struct CreatedKey {
  Key key;
  std::string text;
  bool replayed = false;  // an earlier request with the same Idempotency-Key made it
};

struct ProjectSettings {
  std::string name;
  std::string description;

  template <class V>
  static void describe(V& v) {
    v.field("name", &ProjectSettings::name, "Its name and id: letters, digits and -_.:/@")
        .required()
        .check([](const std::string& text) { return check_id_text(text, "it"); });
    v.field("description", &ProjectSettings::description, "What it is for.").at_most(2000);
  }
};

struct Project {
  ProjectId id;
  std::string description;
  Origin origin = Origin::Api;
  Stamp stamp;
};

struct TeamSettings {
  std::string name;

  template <class V>
  static void describe(V& v) {
    v.field("name", &TeamSettings::name, "For people.").required().check(KeySettings::check_name);
  }
};

struct CreateTeam : TeamSettings {
  std::optional<ProjectId> project;

  template <class V>
  static void describe(V& v) {
    TeamSettings::describe(v);
    v.field("project", &CreateTeam::project, "The project that it belongs to.");
  }
};

struct Team {
  TeamId id;
  ProjectId project;
  TeamSettings settings;
  Stamp stamp;
};

struct UserSettings {
  std::string name;
  std::string email;
  Role role = Role::User;
  TeamId team;

  template <class V>
  static void describe(V& v) {
    v.field("name", &UserSettings::name, "For people.").required().check(KeySettings::check_name);
    v.field("email", &UserSettings::email, "Their mail address.").at_most(254);
    v.field("role", &UserSettings::role, "What their keys may do at most.");
    v.field("team", &UserSettings::team, "The team that they belong to.");
  }
};

struct CreateUser : UserSettings {
  std::optional<ProjectId> project;

  template <class V>
  static void describe(V& v) {
    UserSettings::describe(v);
    v.field("project", &CreateUser::project, "The project that they belong to.");
  }
};

struct User {
  UserId id;
  ProjectId project;
  UserSettings settings;
  Stamp stamp;
};

}  // namespace tandem::identity
