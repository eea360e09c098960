#include "guard/rule.h"

#include <array>
#include <vector>

#include "guard/rules/tables.h"

namespace tandem::guard {
namespace {

struct GroupRow {
  std::string_view id;
  std::string_view title;
};

constexpr std::array<GroupRow, static_cast<size_t>(Group::kCount)> kGroups = {{
    {"tandem", "Tandem"},
    {"ai", "AI providers"},
    {"cloud", "Clouds and platforms"},
    {"code", "Code hosts, registries and build services"},
    {"messaging", "Chat, mail and telephony"},
    {"payment", "Payment and commerce"},
    {"saas", "Monitoring, productivity and social services"},
    {"key-material", "Private keys and open token formats"},
    {"connection", "Connection strings"},
    {"generic", "Assignments, headers and command lines"},
}};

std::vector<Rule> join_tables() {
  std::vector<Rule> all;
  for (const auto part :
       {rules::own(), rules::ai(), rules::cloud(), rules::platform(), rules::code(),
        rules::registry(), rules::messaging(), rules::payment(), rules::saas(),
        rules::key_material(), rules::connection(), rules::assignment(), rules::generic()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

std::string_view group_id(Group group) {
  return kGroups[static_cast<size_t>(group)].id;
}
std::string_view group_title(Group group) {
  return kGroups[static_cast<size_t>(group)].title;
}

std::span<const Rule> rule_table() {
  static const std::vector<Rule> table = join_tables();
  return table;
}

std::optional<size_t> find_rule(std::string_view id) {
  const auto table = rule_table();
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i].id == id) return i;
  }
  return std::nullopt;
}

std::optional<Group> find_group(std::string_view id) {
  for (size_t i = 0; i < kGroups.size(); ++i) {
    if (kGroups[i].id == id) return static_cast<Group>(i);
  }
  return std::nullopt;
}

}  // namespace tandem::guard
