// What group_by can group by: name, SQL and how its values look in JSON. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::cost {

enum class GroupType : uint8_t { Text, Hour, Day, Month };

struct GroupField {
  std::string_view name;
  std::string_view sql;       // over table `ledger`
  std::string_view hour_sql;  // over table `ledger_hours`; empty: not kept there
  GroupType type = GroupType::Text;
};

// Also finds `key`, `user` and `team` by their short names; nullptr for what is not a field.
const GroupField* find_group_field(std::string_view name);

// "2026-11-24", "2026-11-24T08:00:00Z", "2026-11" for the numbers that SQL groups by.
std::string period_text(GroupType type, int64_t number);

}  // namespace tandem::cost
