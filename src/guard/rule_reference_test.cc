#include "guard/rule_reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "guard/rule.h"

namespace tandem::guard {
namespace {

TEST(RuleReference, NamesEveryRuleOnce) {
  const std::string page = render_rule_reference();
  for (const Rule& rule : rule_table()) {
    const std::string row = "| `" + std::string(rule.id) + "` | ";
    const size_t first = page.find(row);
    ASSERT_NE(first, std::string::npos) << rule.id;
    EXPECT_EQ(page.find(row, first + 1), std::string::npos) << rule.id;
  }
}

// The page is made by this test when TANDEM_UPDATE_DOCS is set.
TEST(RuleReference, PageIsCurrent) {
  const std::string page = render_rule_reference();
  if (std::getenv("TANDEM_UPDATE_DOCS") != nullptr) {
    std::ofstream(TANDEM_RULE_REFERENCE) << page;
  }
  std::ifstream file(TANDEM_RULE_REFERENCE);
  const std::string written(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(written == page)
      << "docs/reference/secret_rules.md is not what the rule table says; run this test with "
         "TANDEM_UPDATE_DOCS=1 and commit the page";
}

}  // namespace
}  // namespace tandem::guard
