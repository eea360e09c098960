// The `filter` language of the trace list: terms joined by `and`, each `field op value`.
//   status = "error" and duration_ms > 1500 and text contains "refund"
// Strings stand in double quotes with JSON's escapes; numbers are decimals. Keywords and field
// names are read in any case. parse_filter() answers the terms, or an InvalidArgument error that
// says where, what was found and what was expected. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tandem::trace {

enum class FilterField : uint8_t {
  TraceId,
  Name,
  Model,
  Status,
  SessionId,
  UserId,
  Tag,
  Text,  // strings
  DurationMs,
  CostNanoUsd,
  InputTokens,
  OutputTokens,
  ErrorCount,
  StartUs,  // numbers
};

enum class FilterOp : uint8_t {
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Contains,
};

struct FilterTerm {
  FilterField field = FilterField::Name;
  FilterOp op = FilterOp::Equal;
  std::string text;   // the value of a string field
  double number = 0;  // the value of a number field
  int64_t whole = 0;  // the same where it is a whole number
  bool is_whole = false;
};

using Filter = std::vector<FilterTerm>;

bool is_number(FilterField field);
std::string_view name_of(FilterField field);
std::string_view name_of(FilterOp op);

// Empty text is the empty filter, which everything passes.
Result<Filter> parse_filter(std::string_view text);

}  // namespace tandem::trace
