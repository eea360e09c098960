#include "base/config/scalars.h"

#include <fmt/format.h>

#include <charconv>

#include "base/config/syntax.h"
#include "base/text/encode.h"

namespace tandem::config {
namespace {

// Numbers and booleans in quotes are text, in YAML and in JSON.
constexpr std::string_view kRemoveQuotes = "Remove the quotes.";

std::string quotes_hint(const Node& scalar, bool would_fit) {
  return scalar.style == Style::Quoted && would_fit ? std::string(kRemoveQuotes) : std::string();
}

}  // namespace

Result<bool> read_boolean(const Node& scalar) {
  const auto value = parse_boolean(scalar.text);
  if (value && scalar.style != Style::Quoted) return *value;
  return fail(Code::InvalidArgument, "must be true or false",
              quotes_hint(scalar, value.has_value()));
}

Result<int64_t> read_integer(const Node& scalar, int64_t least, int64_t most) {
  int64_t value = 0;
  const IntegerSpelling spelling = parse_integer(scalar.text, value);
  if (spelling == IntegerSpelling::NotInteger) {
    return fail(Code::InvalidArgument, "must be a whole number");
  }
  if (scalar.style == Style::Quoted) {
    return fail(Code::InvalidArgument, "must be a whole number", std::string(kRemoveQuotes));
  }
  if (spelling == IntegerSpelling::TooLarge || value < least || value > most) {
    return fail(Code::InvalidArgument, fmt::format("must be between {} and {}", least, most));
  }
  return value;
}

Result<double> read_number(const Node& scalar) {
  const auto value = parse_number(scalar.text);
  if (value && scalar.style != Style::Quoted) return *value;
  return fail(Code::InvalidArgument, "must be a number", quotes_hint(scalar, value.has_value()));
}

Result<std::string> read_text(const Node& scalar) {
  if (scalar.style != Style::Literal) return scalar.text;
  return fail(Code::InvalidArgument, "must be text", "Put it in double quotes.");
}

std::string print_number(double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return std::string(digits, end);
}

Failure not_one_of(std::span<const std::string_view> names, std::string_view found) {
  const std::vector<std::string> known(names.begin(), names.end());
  const std::string_view near = text::nearest(found, known);
  return fail(Code::InvalidArgument, fmt::format("must be one of {}", fmt::join(names, ", ")),
              near.empty() ? std::string() : fmt::format("Did you mean {}?", near));
}

const Field* StructType::find_field(std::string_view name) const {
  for (const Field& field : fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::vector<std::string> StructType::field_names() const {
  std::vector<std::string> out;
  for (const Field& field : fields()) out.push_back(field.name);
  return out;
}

}  // namespace tandem::config
