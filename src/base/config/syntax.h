// The spelling of scalars: booleans, null, whole numbers with underscores, JSON numbers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::config {

bool is_null_word(std::string_view text);                  // null, ~ and nothing
std::optional<bool> parse_boolean(std::string_view text);  // true and false in the cases of YAML
bool is_json_number(std::string_view text);                // RFC 8259 section 6

enum class IntegerSpelling : uint8_t { Ok, NotInteger, TooLarge };
// Decimal digits with an optional sign; single underscores between digits: 10_000_000.
IntegerSpelling parse_integer(std::string_view text, int64_t& out);
// The same with a fraction and an exponent; finite numbers only.
std::optional<double> parse_number(std::string_view text);

}  // namespace tandem::config
