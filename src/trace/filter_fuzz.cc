// Any bytes as a filter: an answer or an error with a position, never a crash; what is accepted
// becomes SQL whose parameters match its placeholders, and cursors survive the same bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "trace/cursor.h"
#include "trace/filter.h"
#include "trace/filter_sql.h"
#include "trace/list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tandem::trace;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = parse_filter(text);
  if (filter) {
    const SqlWhere where = to_sql(*filter);
    const auto placeholders = std::count(where.sql.begin(), where.sql.end(), '?');
    if (static_cast<size_t>(placeholders) != where.params.size()) std::abort();
    if (as_params(where.params).size() + where.texts.size() != filter->size()) std::abort();
  } else if (filter.error().param != "filter" || filter.error().message.empty()) {
    std::abort();
  }
  (void)parse_order(text);
  if (decode_cursor(text, "query") && decode_cursor(text, "another query")) std::abort();
  return 0;
}
