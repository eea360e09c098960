// What the name around a keyword says: `max_tokens`, `password_file` and `monkey` announce no
// secret, `DB_PASSWORD` does. Pure functions over the few bytes before and behind a keyword.
#pragma once

#include <string_view>

#include "guard/rule.h"

namespace tandem::guard {

inline constexpr uint64_t kMaxHead = 24;  // bytes of the name before the keyword that are looked at
inline constexpr uint64_t kMaxTail = 40;  // bytes of the name behind it

// The end of `before` that belongs to the same name.
std::string_view name_head(std::string_view before);

// Does a word begin at the keyword? `last` is the byte before it, `first` its own first.
bool word_begins(char last, char first);

bool head_rules_out(std::string_view head, Judge judge);
bool tail_rules_out(std::string_view tail);

// "is", "was": a value follows. "set to": words may stand between.
bool is_copula(std::string_view word);
bool is_filler(std::string_view word);  // letters and hyphens: a word that is no value

}  // namespace tandem::guard
