#include "guard/rule_reference.h"

#include <fmt/core.h>

#include "guard/rule.h"

namespace tandem::guard {
namespace {

// Anchors as code; bytes that would break a table are escaped.
std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|')
      out += "\\|";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + "`";
}

std::string anchors_of(const Rule& rule) {
  constexpr size_t kShown = 6;
  const auto anchors = rule.anchor_list();
  std::string out;
  for (size_t i = 0; i < anchors.size() && i < kShown; ++i) {
    if (i > 0) out += " ";
    out += code(anchors[i]);
  }
  if (anchors.size() > kShown) out += fmt::format(" and {} more", anchors.size() - kShown);
  if (rule.caseless) out += ", any case";
  return out;
}

// What is replaced of the text that a rule recognises.
std::string_view covered_by(const Rule& rule) {
  switch (rule.shape) {
    case Shape::Assignment:
      return "the value";
    case Shape::UrlPassword:
    case Shape::UserPassword:
      return "the password";
    case Shape::PrivateKey:
      return "BEGIN to END";
    case Shape::Token:
      break;
  }
  return rule.keep_anchor || rule.keep > 0 ? "what follows the anchor" : "all of it";
}

}  // namespace

std::string render_rule_reference() {
  const auto table = rule_table();
  std::string out = fmt::format(
      "# Secret rules\n\n"
      "The {} rules of the secrets policy, generated from the rule table in `src/guard/rules/`. "
      "How "
      "they work\nand how to choose among them stands in [the guide](../guide/secrets_guard.md). A "
      "policy names a rule by\nits id, or a whole group by the group's.\n",
      table.size());
  for (size_t g = 0; g < static_cast<size_t>(Group::kCount); ++g) {
    const auto group = static_cast<Group>(g);
    out += fmt::format(
        "\n## {} (`{}`)\n\n| rule | finds | announced by | covers |\n|---|---|---|---|\n",
        group_title(group), group_id(group));
    for (const Rule& rule : table) {
      if (rule.group != group) continue;
      out += fmt::format("| `{}` | **{}.** {} | {} | {} |\n", rule.id, rule.title, rule.about,
                         anchors_of(rule), covered_by(rule));
    }
  }
  return out;
}

}  // namespace tandem::guard
