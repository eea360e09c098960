// The rule table as a page of Markdown: docs/reference/secret_rules.md. Pure.
#pragma once

#include <string>

namespace tandem::guard {

std::string render_rule_reference();

}  // namespace tandem::guard
