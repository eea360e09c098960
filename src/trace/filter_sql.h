// A filter as the WHERE clause of a query on `traces`. Values are always parameters. Pure.
// `!=` holds where the field is absent: a trace without a session is not of session "x".
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "store/db.h"
#include "trace/filter.h"

namespace tandem::trace {

using OwnedParam = std::variant<int64_t, double, std::string, std::vector<uint8_t>>;

struct SqlWhere {
  std::string sql;  // "status = ? AND duration_us > ?"; empty: everything
  std::vector<OwnedParam> params;
  std::vector<std::string> texts;  // the needles of `text contains`, folded (text_search.h)
};

SqlWhere to_sql(const Filter& filter);

// Views of `params`, which must outlive the result.
std::vector<store::Param> as_params(const std::vector<OwnedParam>& params);

}  // namespace tandem::trace
