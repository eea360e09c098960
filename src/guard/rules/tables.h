// The rule table in parts, one file a group; rule.cc joins them. Order matters only between rules
// that find the same bytes: the earlier one names the finding.
#pragma once

#include <span>

#include "guard/rule.h"

namespace tandem::guard::rules {

std::span<const Rule> own();
std::span<const Rule> ai();
std::span<const Rule> cloud();
std::span<const Rule> platform();
std::span<const Rule> code();
std::span<const Rule> registry();
std::span<const Rule> messaging();
std::span<const Rule> payment();
std::span<const Rule> saas();
std::span<const Rule> key_material();
std::span<const Rule> connection();
std::span<const Rule> assignment();
std::span<const Rule> generic();

}  // namespace tandem::guard::rules
