// Hex and base64 (RFC 4648), and small string helpers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::text {

std::string to_hex(std::span<const uint8_t> bytes);
std::optional<std::string> from_hex(std::string_view hex);  // lower or upper case; else nullopt
std::string to_base64(std::span<const uint8_t> bytes);
std::optional<std::string> from_base64(std::string_view base64);  // padded or not; else nullopt

char ascii_lower(char c);
std::string to_ascii_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // spaces and tabs at both ends

// Levenshtein distance in bytes; for "did you mean" over short names.
size_t edit_distance(std::string_view a, std::string_view b);
// The nearest of `known` within a third of the length of `name`; empty where none is near.
std::string_view nearest(std::string_view name, std::span<const std::string> known);

}  // namespace tandem::text
