// Any query parameters: an error, or a query whose SQL has as many marks as parameters.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cost/ledger_query.h"

using namespace tandem::cost;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::vector<QueryParameter> parameters;
  for (size_t at = 0; at < input.size() && parameters.size() < 20;) {
    const std::string_view line = input.substr(at, input.find('\n', at) - at);
    const size_t equals = line.find('=');
    const size_t end = std::min(equals, line.size());
    parameters.push_back({line.substr(0, end), line.substr(std::min(end + 1, line.size()))});
    at += line.size() + 1;
  }
  if (const auto query = parse_ledger_query(parameters)) {
    const LedgerSql sql = ledger_sql(*query);
    const auto marks = std::count(sql.sql.begin(), sql.sql.end(), '?');
    if (static_cast<size_t>(marks) != sql.params.size()) std::abort();
  }
  if (const auto key = decode_cursor(input)) {
    const auto again = decode_cursor(encode_cursor(*key));
    if (!again || *again != *key) std::abort();
  }
  return 0;
}
